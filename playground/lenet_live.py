"""The lesson "LeNet-5 learns in front of you": what its view asks of a run, and what it is shown of it."""

from base64 import b64encode
from functools import cache, lru_cache

import numpy as np
import streamlit as st

from playground import drawing, figures, lenet_data, links
from playground.components import packed
from playground.images import data_url
from playground.language import current, number
from playground.language import text as _
from playground.lenet_run import LAYERS, STEPS, Run, Settings, epochs, initial
from playground.samples import DIGITS

VIEW = "lenet_live"
RUN, ANSWER = f"{VIEW}-run", f"{VIEW}-answer"  # places in the session
PORTION, REPLAY = 0.04, 0.12  # seconds of training a reply, live and when a link is caught up with
MOST_FRAMES, MOST_EVERY = 12, 20  # a reply; steps a frame
DEFAULT = DIGITS[2]


def running(settings: Settings) -> Run:
    """The session's run; another one from its first step if the settings are not those it was begun with."""
    run = st.session_state.get(RUN)
    if run is None or run.settings != settings:
        run = st.session_state[RUN] = Run(settings)
        st.session_state.pop(ANSWER, None)
    return run


def asked() -> None:
    """The view asks for frames: `{run, after, count, every, until, turn, whole}`. What it may ask for is bounded here."""
    question, run = st.session_state[VIEW]["more"], st.session_state.get(RUN)
    if run is None or not question or question["run"] != name(run.settings):
        return  # a question of a run that is no more
    every = min(max(1, int(question["every"])), MOST_EVERY)
    until = int(question["until"])
    portion = run.portion(
        int(question["after"]), min(int(question["count"]), MOST_FRAMES), every, until or STEPS, REPLAY if until else PORTION
    )
    code, begin = linked_drawing(), min(run.step, int(question["after"]))
    frames = []
    for at in portion:
        frames.append(frame(at, code, begin))
        begin = at.step
    st.session_state[ANSWER] = {
        "turn": question["turn"], "frames": frames, "end": run.ended, "whole": bool(question.get("whole")),
    }  # fmt: skip


def stopped() -> None:
    """The view stands at a step, `{run, at, turn}`: there the run goes back to, and the link says so."""
    said, run = st.session_state[VIEW]["stopped"], st.session_state.get(RUN)
    if run is None or not said or said["run"] != name(run.settings):
        return
    if int(said["at"]) < run.step:
        run.back(int(said["at"]))
    links.put("trained", str(run.step))
    still = frame(run, linked_drawing(), run.step, full=True)
    st.session_state[ANSWER] = {"turn": said["turn"], "frames": [still], "end": run.ended}


def opened() -> None:
    """The view begins and has nothing yet: pictures of the digits held back, and the curves so far."""
    st.session_state[ANSWER] = {"whole": True}


def linked_drawing() -> str:
    """The drawing in the address; a 2 if there is none that can be read."""
    code = links.kept("canvas", "drawing", DEFAULT)
    return code if drawing.is_valid(code) else DEFAULT


def name(settings: Settings) -> str:
    """What the view calls a run."""
    return f"{settings.data} {settings.optimiser} {settings.rate} {settings.batch} {settings.seed}"


def frame(run: Run, code: str, begin: int, full: bool = False) -> dict:
    """What is seen of a step: kernels, what they make of the drawing, losses and checks since the step `begin`.

    The answers to the digits held back are those of the last check, if one was made, or with `full` those of this step.
    """
    digit = lenet_data.drawn(code)
    reading = run.read(digit[None])
    shown = {
        "step": run.step,
        "epoch": round(epochs(run.settings, run.step), 2),
        "kernels": packed(run.weights["conv1.weight"]),
        "conv1": _shares(reading["conv1"][0]),
        "conv2": _shares(reading["conv2"][0]),
        "probabilities": _rounded(reading["probabilities"][0]) if digit.any() else None,
        "losses": packed(np.array(run.losses[max(begin, 0) : run.step])),
        "blown": run.blown,
    }  # fmt: skip
    checked = [step for step in run.checks if begin < step]
    if full or checked:
        said = run.answers() if full else run.said
        shown["said"], shown["right"] = b64encode(said.astype(np.uint8).tobytes()).decode(), run.right(said)
        shown["checks"] = [(step, run.checks[step]) for step in checked]
    return shown


def _rounded(probabilities: np.ndarray) -> list[float]:
    return np.nan_to_num(probabilities).round(4).tolist()


def _shares(values: np.ndarray) -> str:
    """Signed numbers as int8 shares of the largest magnitude, in base64."""
    most = float(np.abs(values).max())
    shares = np.rint(127 * values / most) if most > 0 and np.isfinite(most) else np.zeros_like(values)
    return b64encode(shares.astype(np.int8).tobytes()).decode()


def shown(run: Run, code: str, target: int) -> dict:
    """All that the view is given: the answer to what it asked, else where the run stands; `target` is the link's step."""
    answer = st.session_state.pop(ANSWER, {})
    whole = answer.pop("whole", False)
    if "frames" not in answer:
        answer = {"frames": [frame(run, code, run.step or -1, full=True)], "end": run.ended}
    data = {
        "run": name(run.settings), "portion": {"run": name(run.settings), **answer}, "target": target, "most": STEPS,
        "drawing": code, "data": run.settings.data,
        "untrained": _untrained(run.settings), "texts": texts(run), "language": current(),
    }  # fmt: skip
    if whole:
        held = run.digits.pictures[run.digits.learned :]
        data["whole"] = {
            "data": run.settings.data, "pictures": _atlas(run.settings.data), "side": lenet_data.SIDE, "count": len(held),
            "labels": run.digits.labels[run.digits.learned :].tolist(), "losses": packed(np.array(run.losses)),
            "checks": list(run.checks.items()),
        }  # fmt: skip
    return data


@cache
def _atlas(data: str) -> str:
    """The digits held back as one picture, below one another."""
    digits = lenet_data.load(data)
    grey = 255 - digits.pictures[digits.learned :].reshape(-1, lenet_data.SIDE)
    return data_url(np.dstack([grey] * 3 + [np.full_like(grey, 255)]))


@lru_cache(maxsize=64)
def _untrained(settings: Settings) -> str:
    return packed(initial(settings)["conv1.weight"])


def texts(run: Run) -> dict[str, str]:
    """What the view says."""
    return {
        "play": _("Play"), "pause": _("Pause"), "step": _("Step"), "restart": _("From the start"), "speed": _("Speed"),
        "slow": _("slow"), "steady": _("steady"), "fast": _("fast"),
        "now": _("Step {step} · epoch {epoch} · loss {loss}"),
        "replay": _("Going through the steps of this link again: {step} of {target}"),
        "end": _("{steps} steps are done: that is as far as it goes here.").format(steps=number(STEPS)),
        "blown": _("The numbers ran away: the loss is no number any more. Take a smaller rate."),
        "kernels": _("6 kernels 5×5 of the first convolution; small, the same untrained"),
        "maps": _("the maps they make of your digit, 28×28; blue is negative, orange positive"),
        "conv2": _("16 maps of the second, 10×10"),
        "answer": _("what it says"), "empty": _("Draw a digit"),
        "loss": _("loss of each batch"), "accuracy": _("right, of {count} digits held back").format(
            count=number(len(run.digits.labels) - run.digits.learned)),
        "steps": _("steps"), "confusion": _("row: the digit, column: the answer"),
        "strip": _("Digits it does not learn from"), "wrong": _("Wrong: {count}"), "all_right": _("All are right."),
        "pair": _("{truth} taken for {said}: {count}"), "everything": _("All"),
        "picture": _("{truth}, it says {said}"),
    }  # fmt: skip


@cache
def cover() -> np.ndarray:
    """Six kernels after a hundred steps and the maps they make of a 2: uint8 RGB [404, 1212, 3]."""
    run = Run(Settings())
    run.to(100)
    kernels = figures.signed(run.weights["conv1.weight"][:, 0])
    maps = figures.signed(run.read(lenet_data.drawn(DEFAULT)[None], LAYERS)["conv1"][0])
    tiles = [np.pad(part.repeat(times, 1).repeat(times, 2), ((0, 0), (10, 10), (10, 10), (0, 0)), constant_values=255)
             for part, times in ((kernels, 36), (maps[:, 1:-1, 1:-1], 7))]  # fmt: skip
    sides = max(tile.shape[1] for tile in tiles)
    rows = [
        np.pad(tile, ((0, 0), (0, sides - tile.shape[1]), (0, sides - tile.shape[2]), (0, 0)), constant_values=255)
        for tile in tiles
    ]
    return np.concatenate([np.concatenate(list(row), 1) for row in rows], 0)


def code(settings: Settings, step: int) -> str:
    """The same training in torch."""
    return f"""\
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed({settings.seed})  # other weights than here, drawn from the same range
net = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
)
optimiser = {OPTIMISERS[settings.optimiser].format(rate=settings.rate)}
{SOURCES[settings.data]}

def batches():
    while True:
        yield from torch.randperm(len(digits)).split({settings.batch})[: len(digits) // {settings.batch}]


for step, rows in zip(range({max(1, step)}), batches()):
    loss = F.cross_entropy(net(pictures[rows]), digits[rows])
    optimiser.zero_grad(), loss.backward(), optimiser.step()
print(step + 1, loss.item())
"""


OPTIMISERS = {
    "sgd": "torch.optim.SGD(net.parameters(), lr={rate})",
    "momentum": "torch.optim.SGD(net.parameters(), lr={rate}, momentum=0.9)",
    "adam": "torch.optim.Adam(net.parameters(), lr={rate}, eps=1e-7)",
}
SOURCES = {
    "sklearn": """
from sklearn.datasets import load_digits  # 8x8; here scaled to 20x20 in the middle of 28x28
data = load_digits()
pictures = F.interpolate(torch.tensor(data.images / 16).float()[:, None], size=20, mode="bilinear")
pictures, digits = F.pad(pictures, (4, 4, 4, 4))[:1500], torch.tensor(data.target)[:1500]
""",
    "mnist": """
from torchvision.datasets import MNIST
data = MNIST("mnist", download=True)
pictures, digits = data.data[:10000, None].float() / 255, data.targets[:10000]
""",
}
