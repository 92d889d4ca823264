"""Softmax with a temperature, p_i = exp(z_i / T) / Σ exp(z_j / T), for all temperatures of a scale at once."""

import numpy as np

from playground import figures, operators
from playground.components import packed
from playground.engine import Answer

MOST = 6  # units
REACH = 5.0  # logits are drawn from -REACH to REACH
MOST_SHIFT = 100
EXPONENTS = np.arange(-26, 41) / 20  # temperatures are ten to the power of these: 0.05 to 100, 1 among them
START = "2,1,0.5,-1"
GRAPH = """
softmax (float[n] z, float shift, float[t] temperatures) => (float[t, n] p, float[t, n] by_hand) {
  moved = Add(z, shift)
  axis = Constant <value_ints = [1]> ()
  column = Unsqueeze(temperatures, axis)
  scores = Div(moved, column)
  p = Softmax <axis = 1> (scores)
  power = Exp(scores)
  sum = ReduceSum(power, axis)
  by_hand = Div(power, sum)
}"""


def temperatures() -> np.ndarray:
    """float32 [67], rising."""
    return (10.0**EXPONENTS).astype(np.float32)


def nearest(temperature: float) -> int:
    """The place on the scale of what a link says. Raises ValueError for what is no positive number."""
    if not 0 < temperature < np.inf:
        raise ValueError(f"not a temperature: {temperature}")
    return int(np.abs(EXPONENTS - np.log10(temperature)).argmin())


def inputs(z: np.ndarray, shift: float = 0) -> dict[str, np.ndarray]:
    """Logits float32 [n], a number that is added to each, and the scale of temperatures."""
    return {"z": z, "shift": np.array(shift, np.float32), "temperatures": temperatures()}


def at(z: np.ndarray, shift: float = 0) -> Answer:
    """p, and by_hand, the formula as it stands (NaN where e^z is beyond float32), by temperature and unit."""
    return operators.run(GRAPH, inputs(z, shift))


def shifted(z: np.ndarray, temperature: float) -> tuple[float, float, str]:
    """The largest probability, the same with MOST_SHIFT added to each logit, and whether that is "more", "same" or "less"."""
    before, after = (float(at(z, shift)["p"][nearest(temperature)].max()) for shift in (0, MOST_SHIFT))
    if np.isclose(before, after, atol=1e-4):
        return before, after, "same"
    return before, after, "more" if after > before else "less"


def board(answer: Answer, z: np.ndarray, shift: float, temperature: float) -> dict:
    """What components.softmax shows."""
    return {
        "z": [round(float(v), 1) for v in z], "shift": round(shift), "place": nearest(temperature), "most": MOST,
        "reach": REACH, "most_shift": MOST_SHIFT, "temperatures": temperatures().tolist(), "table": packed(answer["p"]),
        "by_hand": np.isnan(answer["by_hand"]).any(1).tolist(), "colours": figures.CLASSES[:MOST],
    }  # fmt: skip


CODE = """\
import torch

z = torch.tensor([2, 1, 0.5, -1])
for temperature in (0.05, 1, 100):
    print(torch.softmax(z / temperature, 0), torch.softmax((z + 50) / temperature, 0))
"""
