"""What runs inside of the sandbox: a process of its own that reads one stranger's graph, answers one question, and ends.

Imports nothing of Streamlit: it must start within a third of a second. `playground.sandbox` is the other side.
"""
