"""Compare flash responses and direction tuning of a fitted network with what flyvis says of them.

The network and the numbers of flyvis 1.2.0 lie in ../shared/prototype, where the project is
developed: Euler steps of 10 ms in float32 at extent 15, edges of 19 columns a second after 0.5 s of
grey. A direction is compared where flyvis finds an index above 0.01: below, it is rounding.

    python benchmarks/prototype_parity.py [FOLDER]
"""

import sys
from pathlib import Path

import pandas as pd
from brian2 import ms, second

import neuroflysim as nfs
import results
from neuroflysim import degree
from neuroflysim.analysis import (
    direction_selectivity_index,
    flash_response_index,
    peak_response,
    preferred_direction,
)

SHARED = Path(__file__).resolve().parents[2] / "shared" / "prototype"
TIME_STEP = 10 * ms
SPEED = 19 * 5.8 * degree / second
#: Below this index a preferred direction is not compared.
RESPONDS = 0.01
#: Above it a type is selective: T4, T5 and a few others.
SELECTIVE = 0.1
#: How far each measure may be off.
BARS = {
    "flash response index": 0.02,
    "direction selectivity index": 0.03,
    "direction, deg": 3.0,
    "direction where selective, deg": 3.0,
}
EDGES = {
    "flyvis' edges": nfs.protocols.flyvis_moving_edge(
        speed=SPEED, pre_time=500 * ms, hold_time=2 * TIME_STEP
    ),
    "true edges": nfs.protocols.moving_edge(
        speed=SPEED, start=-22.5, stop=24.75, pre_time=500 * ms, tail_time=0 * ms
    ),
}


def parameters_of(folder: Path) -> nfs.Parameters:
    """Read the fitted network."""
    types = pd.read_csv(folder / "cell_types.csv").set_index("cell_type")
    connections = pd.read_csv(folder / "connections.csv")
    return nfs.Parameters.from_tables(
        nfs.load_connectome(),
        time_constant=types["time_constant_s"],
        resting_potential=types["resting_potential"],
        synapse_strength=connections.set_index(["source_type", "target_type"])["synapse_strength"],
    )


def metrics_of(folder: Path) -> pd.DataFrame:
    """Read what flyvis says of it."""
    return pd.read_csv(folder / "flyvis_metrics.csv").set_index("cell_type")


def shown_to(parameters: nfs.Parameters, protocol: nfs.Protocol) -> nfs.Responses:
    """Show a protocol as flyvis did."""
    return nfs.simulate(
        protocol.luminance(15, TIME_STEP),
        connectome=parameters.connectome,
        parameters=parameters,
        extent=15,
        time_step=TIME_STEP,
        dtype="float32",
    )


def flash_rows(parameters: nfs.Parameters, flyvis: pd.DataFrame) -> list[dict]:
    """Compare flash response indices."""
    responses = shown_to(parameters, nfs.protocols.flash(radius=6 * 5.8))
    index = flash_response_index(responses).isel(candidate=0).to_pandas()[flyvis.index]
    return [_row("flash response index", "flash", abs(index - flyvis["flash_response_index"]))]


def edge_rows(parameters: nfs.Parameters, flyvis: pd.DataFrame, edges: str) -> list[dict]:
    """Compare direction tuning, one row for each measure."""
    own = direction_tuning(parameters, EDGES[edges]).loc[flyvis.index]
    index = _by_contrast(own, "dsi_{}"), _by_contrast(flyvis, "dsi_{}")
    direction = tuple(_by_contrast(t, "preferred_direction_{}_deg") for t in (own, flyvis))
    turned = abs((direction[0] - direction[1] + 180) % 360 - 180)
    return [
        _row("direction selectivity index", edges, abs(index[0] - index[1])),
        _row("direction, deg", edges, turned[index[1] > RESPONDS]),
        _row("direction where selective, deg", edges, turned[index[1] > SELECTIVE]),
    ]


def direction_tuning(parameters: nfs.Parameters, edges: nfs.Protocol) -> pd.DataFrame:
    """Return direction tuning in the layout of flyvis_metrics.csv."""
    peak = peak_response(shown_to(parameters, edges), end="passage").isel(candidate=0)
    index, direction = direction_selectivity_index(peak), preferred_direction(peak)
    return pd.DataFrame(
        {
            name.format(contrast): values.sel(intensity=intensity).to_pandas()
            for name, values in (("dsi_{}", index), ("preferred_direction_{}_deg", direction))
            for contrast, intensity in (("off", 0), ("on", 1))
        }
    )


def _by_contrast(table: pd.DataFrame, name: str) -> pd.Series:
    return pd.concat({contrast: table[name.format(contrast)] for contrast in ("off", "on")})


def _row(measure: str, stimulus: str, difference: pd.Series) -> dict:
    worst = difference.idxmax()
    return {
        "measure": measure,
        "stimulus": stimulus,
        "compared": len(difference),
        "largest": difference.max(),
        "median": difference.median(),
        "beyond": int((difference > BARS[measure]).sum()),
        "bar": BARS[measure],
        "worst": worst if isinstance(worst, str) else f"{worst[1]} {worst[0]}",
    }


def main() -> None:
    """Compare, print and write benchmarks/results/prototype_parity."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    parameters = parameters_of(folder)
    flyvis = metrics_of(folder)
    rows = flash_rows(parameters, flyvis)
    for name in EDGES:
        rows += edge_rows(parameters, flyvis, name)
    text = results.table(
        rows,
        {
            "measure": lambda row: row["measure"],
            "stimulus": lambda row: row["stimulus"],
            "compared": lambda row: str(row["compared"]),
            "largest difference": lambda row: f"{row['largest']:.2g}",
            "of": lambda row: row["worst"],
            "median": lambda row: f"{row['median']:.2g}",
            "bar": lambda row: f"{row['bar']:g}",
            "beyond the bar": lambda row: str(row["beyond"]),
        },
    )
    results.write(
        "prototype_parity", "A fitted network, against what flyvis 1.2.0 says of it", text, rows
    )
    if any(row["beyond"] for row in rows if row["stimulus"] != "true edges"):
        sys.exit("beyond the bar with flyvis' stimuli")


if __name__ == "__main__":
    main()
