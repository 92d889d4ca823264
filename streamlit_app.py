"""Navigation and nothing else. Run with: streamlit run streamlit_app.py"""

from pathlib import Path

import streamlit as st

from playground import contents, language
from playground.language import text as _

language.choose()
st.set_page_config(page_title=_("Deep learning playground"), page_icon="playground/icon.svg", layout="wide")
st.html(Path(__file__).parent / "playground" / "style.css")


home = st.Page("pages/home.py", title=_("Playground"), icon=":material/home:", url_path="home", default=True)
lessons = {
    section: [st.Page(to.file, title=to.title, icon=f":material/{to.icon}:", url_path=to.name) for to in listed]
    for section, listed in contents.sections().items()
}
embedded = st.context.is_embedded  # in a slide or a course, a lesson stands alone
st.navigation({"": [home], **lessons}, position="hidden" if embedded else "top").run()
