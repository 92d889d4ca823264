"""Lesson: a neuron parts the plane, AND and OR neurons make polygons of half-planes, and a net finds the lines itself."""

import streamlit as st

from playground import components, halfplanes, lesson, links, neuron, neuron_training, neuron_views
from playground.language import number
from playground.language import text as _
from playground.operators import graph

NEURON = "1,1,-1.5"
CODE = {
    "neuron": """\
import torch

w, b = torch.tensor([1.0, 1.0]), -1.5
x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1.0]])
print(torch.sign(x @ w + b))  # tensor([-1., -1., -1.,  1.]): AND
""",
    "lines": """\
import torch

W, b = torch.tensor([[1.0, 1], [-1, -1]]), torch.tensor([-0.5, 1.5])  # a line a row
x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1.0]])
h = (x @ W.T + b > 0).float()
print((h.sum(1) - (len(W) - 0.5) > 0).int())  # AND of the half-planes: tensor([0, 1, 1, 0]), XOR
""",
    "learning": """\
import torch
from torch import nn

x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1.0]])
y = torch.tensor([[0], [1], [1], [0.0]])
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
adam = torch.optim.Adam(net.parameters(), lr=0.1)
for step in range(1000):
    loss = nn.functional.binary_cross_entropy_with_logits(net(x), y)
    adam.zero_grad(), loss.backward(), adam.step()
print(net(x).sigmoid(), net[0].weight, net[0].bias)  # the lines: a row of weights and a bias each
""",
}


def page():
    st.title(_("The neuron and its half-plane"))
    sections = {
        "neuron": _("One neuron"),
        "lines": _("Lines, AND, OR"),
        "learning": _("The net finds the lines"),
    }
    section = links.choice(
        st.segmented_control, _("Section"), sections, "neuron", "section", required=True, label_visibility="collapsed"
    )
    {"neuron": one_neuron, "lines": lines, "learning": learning}[section]()


@st.fragment
def one_neuron():
    st.markdown(
        _("A neuron is a linear model with an activation, $a(x, w) = f(w_1x_1 + w_2x_2 + b)$; in the lecture $b$ is "
          "$w_0$. Its line $w_1x_1 + w_2x_2 + b = 0$ parts the plane; the arrow $w$ is normal to it and points to "
          "where the sum is positive.")
    )  # fmt: skip
    linked = links.kept("one", "f", "sign")
    f = linked if linked in neuron.OF_ONE else "sign"
    code = from_link("one", "neuron", NEURON, neuron.parse_neuron, _("The neuron in this link is damaged; here is an AND."))
    reading = neuron.read_neuron(code, f)
    components.halfplanes(
        key="one", data=neuron_views.of_neuron(reading, code, f),
        on_neuron_change=links.keep("one", "neuron"), on_f_change=links.keep("one", "f"),
    )  # fmt: skip
    functions_question()
    lesson.look_inside_and_take_home_operators("neuron", reading.graph, reading.inputs, CODE["neuron"], __file__)


@st.fragment
def lines():
    st.markdown(
        _("A neuron has one straight border. More lines and one more neuron bound a polygon: with weights 1 and the bias "
          "$-(n-\\frac12)$ it is an AND of its $n$ inputs, with $-\\frac12$ an OR. Click an AND to make "
          "it an OR; point at a neuron to see its own map.")
    )  # fmt: skip
    linked = links.kept("halfplanes", "sharpness", "step")
    sharpness = linked if linked in halfplanes.SHARPNESS else "step"
    damaged = _("The net in this link is damaged; here are the two lines of XOR.")
    net = from_link("halfplanes", "lines", halfplanes.scenes()["xor"], halfplanes.parse, damaged)
    reading = halfplanes.read_net(halfplanes.parse(net), sharpness)
    components.halfplanes(
        key="halfplanes", data=neuron_views.of_net(reading, net, sharpness),
        on_lines_change=links.keep("halfplanes", "lines"), on_sharpness_change=links.keep("halfplanes", "sharpness"),
    )  # fmt: skip
    regions_question(halfplanes.parse(net))
    lesson.look_inside_and_take_home_operators("half_planes", reading.graph, reading.inputs, CODE["lines"], __file__)


@st.fragment
def learning():
    st.markdown(
        _("In practice the net builds the lines itself, by making its error smaller: "
          "$L = -\\frac1n\\sum_i \\left[y_i\\ln a_i + (1-y_i)\\ln(1-a_i)\\right]$. Put down "
          "points of your own.")
    )  # fmt: skip
    stage = st.container()
    controls = st.columns([3, 4, 3, 2], vertical_alignment="bottom")
    neurons = controls[0].slider(
        _("Hidden neurons: lines"), 1, neuron_training.MOST_NEURONS, 3, key="neurons", bind="query-params"
    )
    kinds = {"tanh": "tanh", "sigmoid": "σ", "and": _("σ, output a fixed AND")}
    with controls[1]:
        kind = links.choice(st.segmented_control, _("Hidden activation"), kinds, "tanh", "hidden", required=True)
    rates = {str(rate): number(rate) for rate in neuron_training.RATES}
    with controls[2]:
        rate = links.choice(st.select_slider, _("Learning rate (Adam)"), rates, "0.1", "learning_rate")
    seed = controls[3].number_input(_("Seed of the weights"), 0, 9999, 1, key="seed", bind="query-params")
    damaged = _("The points in this link are damaged; here are those of XOR.")
    code = from_link("learning", "points", neuron_training.presets()["xor"], neuron_training.parse, damaged)
    damaged = _("This link names a step that the training does not have; here is its start.")
    step = from_link("learning", "trained", "0", neuron_training.parse_step, damaged)
    run = neuron_training.Run(neuron_training.parse(code), neurons, kind, seed, float(rate))
    with stage:
        components.learning(
            key="learning", data=neuron_views.of_training(run, code, int(step)),
            on_points_change=links.keep("learning", "points"), on_trained_change=links.keep("learning", "trained"),
        )  # fmt: skip
    fewest_question(run)
    inputs = run.inputs()
    lesson.look_inside_and_take_home_operators("training", graph(run.text()), inputs, CODE["learning"], __file__)


def from_link(view, name, default, parse, damaged):
    """What the link has for a view, if it can be read; else the default, and a warning."""
    linked = links.kept(view, name, default)
    try:
        parse(linked)
    except ValueError:
        st.warning(damaged)
        return default
    return linked


def functions_question():
    st.header(_("What can one neuron do?"))
    guess = st.slider(
        _("Two bits have 16 functions: AND, OR, XOR, … How many of them can one neuron compute?"), 0, 16, 8, key="guess"
    )
    if not st.toggle(_("Reveal"), key="reveal_functions", bind="query-params"):
        return
    found = neuron.functions_of_one_neuron()
    missing = ", ".join(f"`{table:04b}`" for table in range(16) if table not in found)
    mark = lesson.mark(guess, len(found))
    st.markdown(
        _("{mark} You said {guess}; it is **{found}**. The graph tried {neurons} neurons on the four corners, and none gave "
          "{missing} (answers at 00, 01, 10, 11): XOR and its opposite. Their equal corners lie across from one another: no "
          "line has both on one side and the other two on the other.").format(
            mark=mark, guess=guess, found=len(found), neurons=number(sum(found.values())), missing=missing)
    )  # fmt: skip


def regions_question(net):
    st.header(_("How many regions?"))
    guess = st.number_input(_("Into how many parts do these lines cut the plane that you see?"), 1, 99, 2, key="parts")
    if not st.toggle(_("Reveal"), key="reveal_regions", bind="query-params"):
        return
    count = halfplanes.regions(net)
    mark = lesson.mark(guess, count)
    st.markdown(
        _("{mark} You said {guess}; the first layer gives **{count}** different codes to the points of this plane. The second "
          "layer sees nothing but the code, so all points of a region get the same answer; $n$ lines make at most "
          "$1 + n + \\frac{n(n-1)}2$ regions, far fewer than $2^n$.").replace("{mark}", mark)
        .replace("{guess}", str(guess)).replace("{count}", str(count))
    )  # fmt: skip


def fewest_question(run):
    st.header(_("How few lines are enough?"))
    counts = {str(n): str(n) for n in range(1, neuron_training.WIDEST + 1)} | {"more": _("more than that")}
    guess = st.segmented_control(
        _("How few hidden neurons separate these points without a mistake?"), list(counts), format_func=counts.get, key="few"
    )
    if not st.toggle(_("Reveal"), key="reveal_fewest", bind="query-params"):
        return
    with st.spinner(_("Training nets of 1, 2, 3 … neurons")):
        shares = neuron_training.fewest(run.points, run.net, run.seed, run.rate)
    for neurons, share in enumerate(shares, 1):
        mark = lesson.mark(share, 1)
        told = _("{neurons} hidden: at best {share} % of the points are right")
        st.markdown(f"{mark} " + told.format(neurons=neurons, share=number(round(100 * share, 1))))
    answer = str(len(shares)) if shares[-1] == 1 else "more"
    if guess:
        st.markdown(_("That is what you said.") if guess == answer else _("You said {guess}.").format(guess=counts[guess]))
    st.caption(
        _("The best of {tries} seeds, from yours on: a net that could do it may still be stuck, as its start was bad.").format(
            tries=neuron_training.TRIES)
    )  # fmt: skip


lesson.tell(page)
