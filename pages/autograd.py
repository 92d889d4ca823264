"""Lesson: an expression becomes a computation graph that differentiates itself."""

import streamlit as st

from playground import autograd, autograd_page, components, lesson, links
from playground.autograd_page import SCENES, Scene
from playground.expression import NotUnderstood, in_torch, variables
from playground.language import number
from playground.language import text as _

BEGIN = SCENES["neuron"]


def page():
    st.title(_("The graph that differentiates itself"))
    st.markdown(
        _("Theano's `T.grad`, TensorFlow's optimiser and torch's `backward` do one thing: they walk the computation graph "
          "back from its result. Each node knows its own derivative; the chain rule "
          "$\\frac{\\partial f}{\\partial u} = \\sum_v \\frac{\\partial f}{\\partial v}\\frac{\\partial v}{\\partial u}$ "
          "does the rest.")
    )  # fmt: skip
    stage()


@st.fragment
def stage():
    trains = "held-walk" in st.session_state
    scene, wrong, typed, at, step = from_link()
    components.expression(
        key="expression",
        data=autograd_page.view(scene, wrong, typed, at, step) | ({"film": autograd_page.film(scene)} if trains else {}),
        on_moved_change=preview, on_scene_change=begin, on_f_change=retyped,
        **{f"on_{name}_change": links.keep("expression", name) for name in ("at", "learn", "rate", "step")},
    )  # fmt: skip
    question(scene)
    lesson.look_inside_and_take_home_operators(
        "expression", autograd.graph(scene.nodes), autograd.inputs(scene.nodes, scene.at, scene.rate), code(scene), __file__
    )


def from_link():
    """What is typed and where it is computed: under the hand, else in the link; what cannot be read is told."""
    typed = held("f", BEGIN[0])
    try:
        nodes, wrong, text = autograd_page.read(typed), None, typed
        st.session_state["expression-understood"] = typed
    except NotUnderstood as refused:
        wrong, text = refused, st.session_state.get("expression-understood", BEGIN[0])
        nodes = autograd_page.read(text)
    walked = st.session_state.pop("held-walk", None)
    at, rate = walked or held("at", BEGIN[1]), held("rate", BEGIN[3])
    try:
        given = autograd_page.parse_values(at)
    except ValueError:
        st.warning(_("The values in this link are damaged; here are others."))
        given = {}
    try:
        rate = autograd_page.parse_rate(rate)
    except ValueError:
        st.warning(_("The rate in this link is damaged; here is the usual one."))
        rate = autograd_page.parse_rate(BEGIN[3])
    learned = autograd_page.learned(nodes, links.kept("expression", "learn", BEGIN[2]))
    step = links.kept("expression", "step", "")
    scene = Scene(text, nodes, autograd_page.values_of(nodes, given), learned, rate)
    return scene, wrong, typed, at, step if step.isascii() and step.isdecimal() and len(step) < 4 else ""


def held(name, default):
    return st.session_state.pop(f"held-{name}", None) or links.kept("expression", name, default)


def preview():
    """What is under the hand is shown once; it is not yet in the link."""
    name, _sign, value = (st.session_state["expression"]["moved"] or "").partition("=")
    st.session_state[f"held-{name}"] = value


def begin():
    """Another expression with all that belongs to it."""
    for name, value in zip(("f", "at", "learn", "rate"), st.session_state["expression"]["scene"].split("|"), strict=True):
        links.put(name, value)
    links.forget("step")


def retyped():
    links.put("f", st.session_state["expression"]["f"])
    links.forget("step")


def question(scene):
    st.header(_("What is the gradient there?"))
    name = variables(scene.nodes)[0]
    there = scene.at | {name: scene.at[name] + 1}
    guess = st.number_input(
        _("Move {name} from {before} to {after} and leave the rest. What is ∂f/∂{name} there? One per cent off will do.")
        .format(name=name, before=number(round(scene.at[name], 3)), after=number(round(there[name], 3))),
        value=None, step=None, format="%.4f", key="guess", width=520,
    )  # fmt: skip
    if not st.toggle(_("Reveal"), key="reveal", bind="query-params"):
        return
    slope, before = (autograd.gradient(scene.nodes, at)[name] for at in (there, scene.at))
    near = None if guess is None else abs(guess - slope) <= 0.01 * abs(slope) + 1e-4
    st.markdown(
        _("{mark} It is **{slope}**; where it stands now it is {before}. A gradient belongs to a point: after each step it has "
          "to be computed anew.").format(
              mark=lesson.mark(near, True), slope=autograd_page.brief(slope), before=autograd_page.brief(before))
    )  # fmt: skip


def code(scene):
    """The same in torch."""
    names = variables(scene.nodes)
    lines = [f"{name} = torch.tensor({value!r}, dtype=torch.float64, requires_grad=True)" for name, value in scene.at.items()]
    return "\n".join([
        "import torch", "", *lines, f"f = {in_torch(scene.nodes)}", "f.backward()",
        f"print(f, {', '.join(f'{name}.grad' for name in names)})", "",
        "# the file here computes the same:", "import numpy as np, onnxruntime",
        'graph = onnxruntime.InferenceSession("expression.onnx")',
        f"at = {scene.at!r}",
        "inputs = {name: np.array([value]) for name, value in at.items()}",
        'answers = graph.run(None, inputs | {"rate": np.array(0.1)})',
        "print(dict(zip((port.name for port in graph.get_outputs()), answers)))",
    ])  # fmt: skip


lesson.tell(page)
