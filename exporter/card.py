"""A model card in Markdown, written from the manifest alone."""


def card(entry: dict) -> str:
    facts = entry["metadata"]
    metrics = facts["metrics"]
    scalars = {name: value for name, value in metrics.items() if not isinstance(value, dict)}
    curves = {name: value for name, value in metrics.items() if isinstance(value, dict)}
    lines = [
        f"# {facts['title']}",
        "",
        f"`{entry['model_path']}`, opset {entry['opset_version']}, {facts['model_bytes']:,} bytes, "
        f"{facts['parameters']:,} parameters, {facts['macs']:,} multiply-adds.",
        "",
        f"Paper: {facts['paper']}",
        f"Data: {facts['dataset']['source']} ({facts['dataset']['hub']}); licence: {facts['dataset']['licence']}",
        f"Rebuild: `{facts['command']}` (seed {facts['seed']}, torch {facts['torch']}, built {facts['built']})",
        f"sha256: `{facts['model_sha']}`",
        "",
        "| port | type | shape | meaning |",
        "|---|---|---|---|",
    ]
    for way, ports in facts["io_ports"].items():
        for port in ports:
            default = f"; default {port['default']}" if "default" in port else ""
            lines.append(f"| {way[:-1]} `{port['name']}` | {port['type']} | {port['shape']} | {port['meaning']}{default} |")
    lines += ["", "| metric | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in scalars.items())]
    for name, curve in curves.items():
        lines += ["", f"{name}:", "", "| " + " | ".join(curve) + " |", "|" + "---|" * len(curve),
                  "| " + " | ".join(str(value) for value in curve.values()) + " |"]  # fmt: skip
    lines += ["", f"Largest difference to torch: {facts['max_difference_to_torch']:.2g}"]
    return "\n".join(lines)
