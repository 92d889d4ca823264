"""What the sections of the lesson on layers give to take home: the same in a few lines of torch."""

CODE = {
    "field": """\
import torch

x = torch.zeros(1, 1, 64, 64, requires_grad=True)
net = torch.nn.Sequential(*[torch.nn.Conv2d(1, 1, 3, padding=1) for _ in range(5)])
net(x)[0, 0, 32, 32].backward()  # only the pixels that a cell sees get a gradient
print((x.grad[0, 0].abs().sum(0) > 0).sum())  # 11
""",
    "filters": """\
import onnxruntime, numpy as np

layer = onnxruntime.InferenceSession("filters.onnx")
x = np.random.rand(1, 3, 112, 112).astype("float32")
w, b = np.random.randn(12, 3, 7, 7).astype("float32"), np.zeros(12, "float32")
print(layer.run(["maps"], {"x": x, "w": w, "b": b})[0].shape)  # (1, 12, 56, 56)
""",
    "pooling": """\
import torch

x = torch.randn(1, 1, 6, 6)
print(torch.nn.functional.max_pool2d(x, kernel_size=2, stride=2))
print(torch.nn.functional.avg_pool2d(x, kernel_size=2, stride=2))
""",
    "mix": """\
import torch

sepia = torch.tensor([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
photo = torch.rand(1, 3, 320, 320)
mixed = torch.conv2d(photo, sepia[:, :, None, None])
same = torch.einsum("mc,nchw->nmhw", sepia, photo)  # a dense layer in each pixel
print(torch.allclose(mixed, same, atol=1e-6))
""",
    "up": """\
import torch
from torch.nn.functional import conv_transpose2d, interpolate, pixel_shuffle

x = torch.rand(1, 1, 3, 3)
print(interpolate(x, scale_factor=2, mode="nearest"))
print(interpolate(x, size=(5, 5), mode="bilinear", align_corners=True))
print(conv_transpose2d(x, torch.ones(1, 1, 3, 3), stride=2))
print(pixel_shuffle(torch.rand(1, 4, 3, 3), 2))
""",
}
