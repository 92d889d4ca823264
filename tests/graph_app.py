"""A page with nothing but the picture of a graph; tests/test_graph_view.py serves it."""

import functools

import streamlit as st

from playground import catalog, components, graph_view, xray


@functools.cache
def nodes(name):
    return xray.facts(catalog.graph(name), {"image": (1, 28, 28, 3)})


facts = nodes(st.query_params.get("graph", "resnet_imagenette"))
view = components.graph(
    key="graph", data=graph_view.data(facts, selected=st.query_params.get("node", "")), on_node_change=lambda: None
)
st.text(f"node: {view.node}")
