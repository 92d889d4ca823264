"""One file a lesson: prose, widgets, a call, a picture."""
