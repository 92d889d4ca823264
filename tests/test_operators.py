"""Graphs from ONNX's text against torch; matrices as links write them."""

import numpy as np
import onnx
import pytest
import torch

from playground import matrices, operators

CONV = "conv (float[n,c,h,w] x, float[m,c,i,j] w) => (float[n,m,p,q] y) {y = Conv <strides = [2, 1]> (x, w)}"


def test_a_graph_from_text_computes_what_torch_does():
    x, w = torch.randn(2, 3, 9, 8), torch.randn(4, 3, 3, 2)
    answer = operators.run(CONV, {"x": x.numpy(), "w": w.numpy()})
    torch.testing.assert_close(torch.from_numpy(answer["y"]), torch.conv2d(x, w, stride=(2, 1)))
    assert answer.processor == "CPU" and answer.seconds > 0


def test_a_graph_is_a_file_that_older_runtimes_read():
    model = onnx.load_from_string(operators.graph(CONV))
    assert (model.ir_version, model.opset_import[0].version) == (10, 20)
    assert operators.graph(CONV) is operators.graph(CONV)


@pytest.mark.parametrize(
    "text", ["", "conv (float[n] x) => (float[n] y) {y = Abs(x", "g (float[n] x) => (float[n] y) {y = Nope(x)}"]
)
def test_what_is_no_graph_is_refused(text):
    with pytest.raises((onnx.parser.ParseError, onnx.checker.ValidationError)):
        operators.graph(text)


@pytest.mark.parametrize("text, values", [
    ("0,1,0;-1,2,-1;0,1,0", [[0, 1, 0], [-1, 2, -1], [0, 1, 0]]),
    (" 1.5 2 \n 3,  -4e-1;", [[1.5, 2], [3, -0.4]]),
    ("7", [[7]]),
])  # fmt: skip
def test_matrices_are_read_and_written(text, values):
    assert np.array_equal(matrices.parse(text), np.array(values, np.float32))
    assert np.array_equal(matrices.parse(matrices.write(matrices.parse(text))), matrices.parse(text))


@pytest.mark.parametrize("text", ["", ";", "1,2;3", "a,b", "nan", "inf,1", "1001", "1,1,1,1", "1;1;1;1", "0x10"])
def test_what_is_no_matrix_is_refused(text):
    with pytest.raises(ValueError):
        matrices.parse(text, most=(3, 3))
