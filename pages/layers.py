import streamlit as st

from playground.language import text as _

st.title(_("Many filters, many layers"))
