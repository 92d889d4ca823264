"""A model card in Markdown, written from the manifest alone."""


def card(entry: dict) -> str:
    facts = entry["metadata"]
    metrics = facts.get("metrics", {})
    scalars = {name: value for name, value in metrics.items() if not isinstance(value, dict)}
    curves = {name: value for name, value in metrics.items() if isinstance(value, dict)}
    lines = [
        f"# {facts['title']}",
        "",
        f"`{entry['model_path']}`, opset {entry['opset_version']}, {facts['model_bytes']:,} bytes{_costs(facts)}.",
        "",
        f"Paper: {facts['paper']}",
        _weights(facts),
        f"Rebuild: `{facts['command']}` ({_seed(facts)}torch {facts['torch']}, built {facts['built']})",
        f"sha256: `{facts['model_sha']}`",
        "",
        "| port | type | shape | meaning |",
        "|---|---|---|---|",
    ]
    for way, ports in facts["io_ports"].items():
        for port in ports:
            default = f"; default {port['default']}" if "default" in port else ""
            lines.append(f"| {way[:-1]} `{port['name']}` | {port['type']} | {port['shape']} | {port['meaning']}{default} |")
    if scalars:
        lines += ["", "| metric | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in scalars.items())]
    for name, curve in curves.items():
        lines += ["", f"{name}:", "", "| " + " | ".join(curve) + " |", "|" + "---|" * len(curve),
                  "| " + " | ".join(str(value) for value in curve.values()) + " |"]  # fmt: skip
    lines += ["", f"Largest difference to torch: {facts['max_difference_to_torch']:.2g}"]
    return "\n".join(lines)


def _costs(facts: dict) -> str:
    """What is the same for all inputs; a step's depends on them."""
    return f", {facts['parameters']:,} parameters, {facts['macs']:,} multiply-adds" if "macs" in facts else ""


def _seed(facts: dict) -> str:
    return f"seed {facts['seed']}, " if "seed" in facts else ""


def _weights(facts: dict) -> str:
    """Where the weights come from: data, a seed, or whoever runs it."""
    if facts["task"] == "step":
        return "A training step: weights come in and go out, the gradient is inside."
    if "dataset" in facts:
        data = facts["dataset"]
        where = f" ({data['hub']})" if data["hub"] else ""
        return f"Data: {data['source']}{where}; licence: {data['licence']}"
    return (
        f"Untrained: stored without weights, which follow from the seed. Parameters counted against: {facts['counted_against']}"
    )
