"""Navigation and nothing else. Run with: streamlit run streamlit_app.py"""

from pathlib import Path

import streamlit as st

from playground import language
from playground.language import text as _

language.choose()
st.set_page_config(page_title=_("Deep learning playground"), page_icon="playground/icon.svg", layout="wide")
st.html(Path(__file__).parent / "playground" / "style.css")


def page(name: str, title: str, icon: str, **options) -> st.Page:
    return st.Page(f"pages/{name}.py", title=title, icon=f":material/{icon}:", url_path=name, **options)


st.navigation(
    {
        "": [page("home", _("Playground"), "home", default=True)],
        _("Operations"): [
            page("image", _("An image as a tensor"), "image"),
            page("neuron", _("Neuron"), "timeline"),
            page("activations", _("Activations"), "show_chart"),
            page("convolution", _("Convolution"), "grid_on"),
            page("layers", _("Many filters, many layers"), "layers"),
            page("backpropagation", _("Backpropagation"), "undo"),
            page("batch_norm", _("Batch normalisation"), "equalizer"),
        ],
        _("Networks"): [
            page("digits", _("Digits"), "draw"),
            page("architectures", _("Architectures"), "account_tree"),
            page("duel", _("Duel"), "compare"),
            page("xray", _("X-ray"), "schema"),
        ],
    },
    position="top",
).run()
