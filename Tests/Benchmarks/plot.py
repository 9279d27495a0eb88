"""A plot of growth as SVG: a panel for each axis, both scales logarithmic, so that a straight line of slope 1 is linear growth."""
import html, math

WIDTH, HEIGHT, LEFT, TOP, LEGEND = 560, 300, 60, 30, 17
COLOURS = ["#1f4e79", "#c55a11", "#548235", "#7030a0", "#bf9000", "#00808a", "#a5323c", "#555555"]


def panel(axis, sizes, lines, y):
    """One axis: every cost as a multiple of what it is at the smallest size, beside a dashed line for linear growth."""
    # A size of 0 has no logarithm: it stands where 1 does.
    xs = [math.log10(max(1, size)) for size in sizes]
    series = {}
    for name, values in lines.items():
        first = next((value for value in values if value), None)
        if first:
            series[name] = [(x, math.log10(value / first)) for x, value in zip(xs, values) if value]
    low = min([0] + [v for points in series.values() for _, v in points])
    high = max([1] + [v for points in series.values() for _, v in points]) + 0.1
    right, bottom = WIDTH - 20, HEIGHT - 30

    def place(x, v):
        across = (x - xs[0]) / ((xs[-1] - xs[0]) or 1)
        return f"{LEFT + across * (right - LEFT):.1f},{bottom - (v - low) / (high - low) * (bottom - TOP):.1f}"

    parts = [f'<g transform="translate(0,{y})">', f'<text x="{LEFT}" y="18" font-weight="bold">{html.escape(axis)}</text>',
             f'<path d="M{LEFT},{TOP}V{bottom}H{right}" fill="none" stroke="#888"/>']
    for x, size in zip(xs, sizes):
        px = place(x, low).split(",")[0]
        parts.append(f'<text x="{px}" y="{bottom + 16}" text-anchor="middle">{size:,}</text>')
    for power in range(math.ceil(low), math.floor(high) + 1):
        px, py = place(xs[0], power).split(",")
        parts.append(f'<path d="M{px},{py}H{right}" stroke="#ddd"/><text x="{LEFT - 6}" y="{py}" dy="4" text-anchor="end">×{10 ** power:g}</text>')
    top = min(high, xs[-1] - xs[0])
    parts.append(f'<path d="M{place(xs[0], 0)}L{place(xs[0] + top, top)}" stroke="#888" stroke-dasharray="4 4"/>')
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(place(*point) for point in points)}"/>')
        parts += [f'<circle r="3" fill="{colour}" cx="{place(*point).split(",")[0]}" cy="{place(*point).split(",")[1]}"/>' for point in points]
        parts.append(f'<text x="{LEFT}" y="{HEIGHT + 6 + number * LEGEND}" fill="{colour}">{html.escape(name)}</text>')
    return "\n".join(parts + ["</g>"]), HEIGHT + 20 + LEGEND * len(series)


def svg(panels):
    drawn, y = [], 0
    for axis, (sizes, lines) in panels.items():
        text, height = panel(axis, sizes, lines, y)
        drawn.append(text)
        y += height
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" font-family="sans-serif" font-size="12">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *drawn, "</svg>", ""])
