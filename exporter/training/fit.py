"""The training loop: AdamW, one-cycle learning rate, averaged weights; may be killed at any moment and goes on.

A checkpoint is written after every epoch, to a temporary name and then renamed. All randomness of an epoch follows from (seed,
epoch), so a run that was killed ends with the very weights of one that was not.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

Batches = Callable[[torch.Generator], Iterator[tuple[Tensor, Tensor]]]


def fit(
    model: nn.Module,
    batches: Batches,
    batches_per_epoch: int,
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    epochs: int,
    learning_rate: float,
    checkpoint: Path,
    weight_decay: float = 0.01,
    average: float = 0.999,
    seed: int = 0,
    half: bool = False,
    before_epoch: Callable[[int], None] = lambda epoch: None,
    curve: list[float] | None = None,
) -> nn.Module:
    """Train `model` and return it in evaluation mode with its averaged weights (exponential moving average).

    Args:
        model: takes what `batches` yields first; its initial weights must follow from `seed` alone.
        batches: given a generator, yields one epoch of (inputs, targets).
        learning_rate: the peak of the cycle (Smith & Topin 2018, arXiv:1708.07120).
        checkpoint: where progress is kept; deleted by nobody, so a finished training answers at once. One of another net or
            of other settings is not gone on from; other data or distortions it cannot know: delete it then.
        average: decay of the moving average, per batch (Polyak & Juditsky 1992).
        half: compute in bfloat16 what may be (autocast); weights, statistics and loss stay float32.
        before_epoch: called with the number of each epoch, from 0, before it; to choose the size of images, say.
        curve: is filled with the mean training loss of each epoch.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = model.to(device)
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(average), use_buffers=True)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=epochs * batches_per_epoch)
    parts = {"model": model, "averaged": averaged, "optimiser": optimiser, "schedule": schedule}

    first, curve = 0, [] if curve is None else curve
    settings = {
        "epochs": epochs, "batches_per_epoch": batches_per_epoch, "learning_rate": learning_rate, "weight_decay": weight_decay,
        "average": average, "seed": seed, "shapes": [tuple(weight.shape) for weight in model.parameters()],
    }  # fmt: skip
    saved = torch.load(checkpoint, map_location=device) if checkpoint.exists() else None
    if saved and saved.get("settings", settings) != settings:
        tqdm.write(f"{checkpoint} is of another training (other net, epochs or rates): starting anew")
        saved = None
    if saved:
        first = saved["epoch"]
        curve[:] = saved.get("curve", [])
        for name, part in parts.items():
            part.load_state_dict(saved[name])

    bar = tqdm(total=epochs * batches_per_epoch, initial=first * batches_per_epoch, unit="batch", desc=checkpoint.stem)
    for epoch in range(first, epochs):
        torch.manual_seed(seed * 10_007 + epoch)  # dropout
        generator = torch.Generator().manual_seed(seed * 10_007 + epoch)  # order and distortions
        before_epoch(epoch)
        model.train()
        running, total = None, 0.0
        for inputs, targets in batches(generator):
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                value = loss(model(inputs.to(device)), targets.to(device))
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            schedule.step()
            averaged.update_parameters(model)
            total += value.item()
            running = value.item() if running is None else 0.98 * running + 0.02 * value.item()
            bar.update()
            bar.set_postfix_str(f"epoch {epoch + 1}/{epochs}, loss {running:.4f}", refresh=False)
        curve.append(total / batches_per_epoch)
        state = {name: part.state_dict() for name, part in parts.items()}
        _save({"epoch": epoch + 1, "curve": curve, "settings": settings, **state}, checkpoint)
    bar.close()
    model.load_state_dict(averaged.module.state_dict())
    return model.cpu().eval()


def _save(state: dict, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".tmp")
    torch.save(state, unfinished)
    os.replace(unfinished, file)
