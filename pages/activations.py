"""Lesson: activation functions: what stands between two linear layers, and what it does to values and gradients."""

import streamlit as st

from playground import activations, collapse, components, deep_net, dying, figures, lesson, links, operators, softmax
from playground import activations_page as parts
from playground.activations import FUNCTIONS, titles
from playground.language import current, number
from playground.language import text as _

DOUBTED = -4.0  # the pre-activation that is asked about
MOST_KINKS = 12  # that can be guessed


def page():
    st.title(_("Activation functions"))
    st.markdown(
        _("A neuron is a linear model and a function after it: $z_j = f\\left(\\sum_i w_{ji} x_i + b_j\\right)$. Without $f$ "
          "any number of layers is one; what passes back through a layer is multiplied by $f'$, and where $f'$ is near zero a "
          "neuron no longer learns.")
    )  # fmt: skip
    scenes = {
        "curves": (_("Curves and derivatives"), curves),
        "dying": (_("A ReLU dies"), dying_neuron),
        "softmax": (_("Softmax"), softmax_scene),
        "linear": (_("Linear ∘ linear = linear"), linear),
        "deep": (_("Through 50 layers"), deep),
    }
    scene = links.choice(
        st.segmented_control, _("Section"), {name: title for name, (title, _story) in scenes.items()}, "curves", "section",
        required=True, label_visibility="collapsed",
    )  # fmt: skip
    scenes[scene][1]()


@st.fragment
def curves():
    stage, beside = st.columns([8, 3], gap="large")
    with beside:
        chosen = parts.some_functions(st.pills, ["sigmoid", "tanh", "relu"], "functions", selection_mode="multi", wrap=True)
        parameters = {name: parts.parameter_of(name) for name in chosen}
    x = parts.linked_number("curves", "point", 1.0, activations.REACH)
    with stage:
        components.functions(
            key="curves",
            data={"lines": activations.curves(parameters), "x": x, "reach": activations.REACH, "per_unit": activations.STEP,
                  "texts": parts.curve_texts(), "language": current()},
            on_x_change=links.keep("curves", "point", "x"),
        )  # fmt: skip
    for column, name in zip(st.columns(activations.MOST, gap="medium"), chosen, strict=False):
        function = FUNCTIONS[name]
        column.markdown(f"**{titles()[name]}** · {function.source}" if function.source else f"**{titles()[name]}**")
        column.latex(f"f(x) = {function.value}")
        column.latex(f"f'(x) = {function.slope}")
    st.caption(
        _("At a kink the derivative is the one from the left, as in torch: ReLU′(0) = 0. PReLU is leaky ReLU whose α is "
          "learned, ∂f/∂α = min(0, x).")
    )  # fmt: skip
    parts.foresee(
        _("A neuron's pre-activation is {x}. Through which functions does a gradient still pass, |f′| ≥ {least}?").format(
            x=parts.shown(DOUBTED), least=number(activations.DEAD)
        ),
        "pass", titles(), lambda: parts.passing(DOUBTED),
    )  # fmt: skip
    name = chosen[0]
    inputs = {"x": activations.points(x), **activations.parameter(name, parameters[name])}
    parts.look_inside(name, operators.graph(activations.graph(name)), inputs, activations.code(name))


@st.fragment
def dying_neuron():
    st.markdown(
        _("One neuron $a = f(w x + b)$ learns four points by gradient descent. If all its pre-activations are negative, ReLU "
          "passes no gradient back: it answers 0 and never learns again. A slope below zero brings it back.")
    )  # fmt: skip
    stage, beside = st.columns([9, 3], gap="large")
    starts = {"born": _("Born dead"), "alive": _("Born alive"), "killed": _("Killed by one large step")}
    with beside:
        with st.container(horizontal=True, gap="small"):
            for start, title in starts.items():
                st.button(title, on_click=parts.show_scene, args=({}, dying.STARTS[start]), key=f"start_{start}")
        begin = dying.STARTS["born"]
        w = st.slider(_("$w$ at the beginning"), -3.0, 3.0, begin["w0"], 0.25, key="w0", bind="query-params")
        b = st.slider(_("$b$ at the beginning"), -3.0, 3.0, begin["b0"], 0.25, key="b0", bind="query-params")
        rate = st.slider(
            _("Step size (learning rate)"), 0.05, 1.0, begin["step_size"], 0.05, key="step_size", bind="query-params"
        )
        others = {name: title for name, title in titles().items() if name not in ("relu", "sign", "identity")}
        other = links.choice(st.selectbox, _("ReLU beside"), others, "leaky", "beside")
        a = parts.parameter_of(other, "alpha", 0.1 if other == "leaky" else None)
    step = int(parts.linked_number("dying", "moment", 0, dying.STEPS, 0))
    runs = {"relu": dying.learn("relu", w, b, rate), other: dying.learn(other, w, b, rate, a)}
    with stage:
        components.dying(
            key="dying",
            data=dying.film(runs, {other: a})
            | {"step": step, "texts": parts.dying_texts(), "language": current(), "scene": [w, b, rate, other, a]},
            on_step_change=links.keep("dying", "moment", "step"),
        )  # fmt: skip
    parts.foresee(
        _("This start, {steps} steps, each function with its usual α: with which does the neuron learn its points, mean "
          "squared error below {least}?").format(steps=dying.STEPS, least=number(parts.LEARNED)),
        "learns", {"relu": titles()["relu"], **others}, lambda: parts.learning(["relu", *others], w, b, rate),
    )  # fmt: skip
    parts.look_inside("learn", operators.graph(dying.graph(other)), dying.inputs(other, w, b, rate, a), dying.CODE)


@st.fragment
def softmax_scene():
    st.markdown(
        _("Softmax turns any numbers into probabilities: $p_i = \\dfrac{e^{z_i / T}}{\\sum_j e^{z_j / T}}$. Drag the logits. "
          "As the temperature $T$ falls to 0 only the largest is left, argmax; as it rises all become equal.")
    )  # fmt: skip
    z = parts.linked_logits()
    shift = parts.linked_number("softmax", "added", 0.0, softmax.MOST_SHIFT)
    temperature = parts.linked_number("softmax", "temperature", 1.0, 100.0, 0.05)
    answer = softmax.at(z, shift)
    components.softmax(
        key="softmax",
        data=softmax.board(answer, z, shift, temperature) | {"texts": parts.softmax_texts(), "language": current()},
        on_z_change=links.keep("softmax", "logits", "z"), on_c_change=links.keep("softmax", "added", "c"),
        on_T_change=links.keep("softmax", "temperature", "T"),
    )  # fmt: skip
    st.markdown(
        _("**A single unit always says 1.** $e^z / e^z = 1$ whatever $z$ is: press − until one bar is left. The lecture's "
          "Keras net ends in `Dense(1, activation=\"softmax\")`, and so it answers 1 to every picture.")
    )  # fmt: skip
    st.page_link("pages/architectures.py", label=_("See that net at work"), icon=":material/arrow_forward:",
                 query_params={"net": "keras_small"})  # fmt: skip
    changes = {"more": _("It grows"), "same": _("It stays"), "less": _("It falls")}
    if parts.foresee(
        _("Add {c} to every logit. What becomes of the largest probability?").format(c=softmax.MOST_SHIFT),
        "shifted", changes, lambda: parts.shifted(z, temperature), single=True,
    ):  # fmt: skip
        st.markdown(
            _("Only differences count: adding $c$ to all logits multiplies each $e^{z_i}$ by the same $e^c$, which cancels. In "
              "float32 the formula as it stands gives infinity by infinity from $z / T \\approx 89$ on; so every library, and "
              "the graph here, first subtracts the largest logit.")
        )  # fmt: skip
    parts.look_inside("softmax", operators.graph(softmax.GRAPH), softmax.inputs(z, shift), softmax.CODE)


@st.fragment
def linear():
    st.markdown(
        _("A composition of linear models is a linear model: $W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\\, x + (W_2 b_1 + b_2)$. "
          "Change any number: commas part numbers, semicolons rows.")
    )  # fmt: skip
    stage, beside = st.columns([7, 5], gap="large")
    with beside:
        written = parts.written_matrices()
        bent = st.toggle(_("ReLU between the layers"), key="bent", bind="query-params")
    try:
        weights = collapse.parse(written)
    except ValueError as error:
        name = str(error)
        rows, columns = collapse.SHAPES[name]
        beside.warning(
            _("{name} must be {rows} × {columns} numbers from −100 to 100; here is the one we began with.").format(
                name=f"${name[0]}_{name[1]}$", rows=rows, columns=columns
            )
        )
        weights = collapse.parse(collapse.START)
    found = collapse.compare(weights)
    with stage:
        st.plotly_chart(
            collapse.figure(found, bent, figures.separators(current())), key="lines", config={"displayModeBar": False},
            alt=_("Three layers and the single layer made of them, over x"),
        )  # fmt: skip
    st.markdown(
        _("The three layers multiplied out; the single layer's answers differ from theirs by at most **{apart}**. With ReLU in "
          "between the slope changes from place to place, and no single matrix has more than one slope.").format(
            apart=parts.shown(found.apart)
        )
    )  # fmt: skip
    formulas = collapse.multiplied_out(weights, found.collapsed)
    for pair in (formulas[:2], formulas[2:]):
        for column, formula in zip(st.columns(2), pair, strict=True):
            column.latex(formula)
    counts = {str(count): str(count) for count in range(MOST_KINKS)}
    counts[str(MOST_KINKS)] = _("{count} or more").format(count=MOST_KINKS)
    parts.foresee(
        _("With ReLU between these layers, how many kinks has the function for x from −4 to 4?"), "kinks", counts,
        lambda: {count: (int(count) == min(found.kinks, MOST_KINKS), "") for count in counts}, single=True,
    )  # fmt: skip
    graph = collapse.KINKED if bent else collapse.PRODUCT
    inputs = {**weights, "x": collapse.grid()} if bent else weights
    parts.look_inside("collapse", operators.graph(graph), inputs, collapse.CODE)


@st.fragment
def deep():
    stage, beside = st.columns([9, 3], gap="large")
    with beside:
        chosen = parts.some_functions(
            st.multiselect, ["tanh", "relu", "selu"], "through", max_selections=activations.MOST, wrap=True
        )
        inits = {
            "own": _("each function's usual one"),
            "xavier": _("Xavier, LeCun: variance 1/n"),
            "he": _("He: variance 2/n"),
            "small": _("too small: std 0.01"),
            "one": _("too large: std 1"),
        }
        init = links.choice(st.selectbox, _("Initial weights, n units a layer"), inits, "own", "weights")
        times = st.slider(_("… times"), 0.5, 2.0, 1.0, 0.05, key="weights_times", bind="query-params")
        depth = st.slider(_("Depth, layers"), 5, 80, 50, key="net_depth", bind="query-params")
        with st.popover(_("Width and seed"), width="stretch"):
            width = st.slider(_("Units a layer"), 20, 150, 100, 10, key="net_width", bind="query-params")
            seed = st.number_input(_("The weights' seed"), 0, 9999, 0, key="net_seed", bind="query-params")
        for name, (title, choices, numbers) in parts.deep_scenes().items():
            st.button(title, on_click=parts.show_scene, args=(choices, numbers), key=f"scene_{name}", width="stretch")
    net = deep_net.Net(depth, width, init, times, seed)
    layer = min(int(parts.linked_number("layers", "at_layer", depth, 80, 1)), depth)
    with stage:
        components.depth(
            key="layers",
            data={"nets": deep_net.panels(chosen, net), "depth": depth, "layer": layer, "bins": deep_net.BINS,
                  "edge": deep_net.EDGE, "texts": parts.depth_texts(), "language": current()},
            on_layer_change=links.keep("layers", "at_layer", "layer"),
        )  # fmt: skip
    st.markdown(
        _("Each picture shows how the values of a layer's units spread, layer by layer; bright is frequent. On the way back a "
          "layer multiplies the gradient by $f'$ and by its weights. Sigmoid's $f'$ is at most 1/4, so a few layers leave "
          "nothing ([Glorot & Bengio 2010](https://proceedings.mlr.press/v9/glorot10a.html)). ReLU lets half of the mean "
          "square through, and He's 2/n makes up for it ([He et al. 2015](https://arxiv.org/abs/1502.01852)); SELU pulls mean "
          "and variance to 0 and 1 by itself ([Klambauer et al. 2017](https://arxiv.org/abs/1706.02515)).")
    )  # fmt: skip
    parts.foresee(
        _("Fifty layers of sigmoid, Xavier's weights: about which share of the gradient at the top is left at the bottom?"),
        "left", {str(power): parts.power_of_ten(power) for power in parts.POWERS}, parts.left_of_sigmoids, single=True,
    )  # fmt: skip
    name = chosen[0]
    parts.look_inside(
        f"deep_{name}", operators.graph(deep_net.graph(name)), deep_net.inputs(name, net), deep_net.code(name, net)
    )


lesson.tell(page)
