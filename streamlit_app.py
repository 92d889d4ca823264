"""Navigation and nothing else. Run with: streamlit run streamlit_app.py"""

from pathlib import Path

import streamlit as st

from playground import language
from playground.language import text as _

language.choose()
st.set_page_config(page_title=_("Deep learning playground"), page_icon="playground/icon.svg", layout="wide")
st.html(Path(__file__).parent / "playground" / "style.css")
page = st.navigation(
    [
        st.Page("pages/home.py", title=_("Playground"), icon=":material/home:", url_path="home", default=True),
        st.Page("pages/digits.py", title=_("Digits"), icon=":material/draw:", url_path="digits"),
        st.Page("pages/architectures.py", title=_("Architectures"), icon=":material/account_tree:", url_path="architectures"),
        st.Page("pages/duel.py", title=_("Duel"), icon=":material/compare:", url_path="duel"),
        st.Page("pages/xray.py", title=_("X-ray"), icon=":material/schema:", url_path="xray"),
    ],
    position="top",
)
page.run()
