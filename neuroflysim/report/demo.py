"""The demonstration: what the published connectome does before a fit, in a short one, after one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from brian2 import Quantity, ms, second
from matplotlib import pyplot as plt

from neuroflysim.analysis import direction_selectivity_index, peak_response, preferred_direction
from neuroflysim.connectome import Connectome, load_connectome
from neuroflysim.ensembles import load_ensemble
from neuroflysim.files import made_folder, written_whole
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.plotting import (
    animate_activity,
    plot_activity,
    plot_direction_tuning,
    plot_traces,
    save_figure,
)
from neuroflysim.plotting.tuning import T4_AND_T5
from neuroflysim.protocols import flash, moving_edge
from neuroflysim.report.demo_fit import EVALUATIONS, fit_a_little, short_recipe
from neuroflysim.report.demo_study import replay_a_study
from neuroflysim.responses import Responses
from neuroflysim.simulation import simulate
from neuroflysim.stimulus.protocol import Protocol

_SHOWN = ("L1", "Mi1", "Tm1", "T4a", "T5a")


def run_demo(
    folder: Path,
    lattice: Lattice = DEFAULT_LATTICE,
    evaluations: int = EVALUATIONS,
    say: Callable[[str], None] = print,
) -> list[Path]:
    """Show stimuli before any fit, fit with a small budget, and ask a fitted model of the box.

    Parameters
    ----------
    folder : Path
        Made if need be.
    lattice : Lattice
    evaluations : int
        Of the fit, in whole generations.
    say : callable
        Told what goes on.

    Returns
    -------
    list of Path
        The files written.
    """
    folder = made_folder(folder)
    connectome = load_connectome()
    recipe, ensemble = short_recipe(evaluations), load_ensemble("flow", connectome)
    network = connectome.network(lattice)
    say(f"{network.n_neurons:,} neurons, {network.n_pairs:,} pairs of connected cells")
    return [
        *_show_stimuli(connectome, folder, lattice, say),
        *fit_a_little(recipe, connectome, folder / "fit", say),
        *replay_a_study(ensemble, folder, lattice, say),
    ]


def _show_stimuli(
    connectome: Connectome, folder: Path, lattice: Lattice, say: Callable[[str], None]
) -> list[Path]:
    """Simulate moving edges and a flash and write traces, pictures and an animation."""
    parameters = Parameters.uniform(connectome)
    edges = moving_edge(pre_time=200 * ms, tail_time=200 * ms)
    full_flash = flash(intensity=1, pre_time=200 * ms, stim_time=500 * ms, tail_time=500 * ms)

    def show(
        protocol: Protocol, record: str | Sequence[str] = "central", time_step: Quantity = 10 * ms
    ) -> Responses:
        say(f"showing {protocol!r} ...")
        return simulate(
            protocol,
            connectome=connectome,
            parameters=parameters,
            lattice=lattice,
            time_step=time_step,
            record=record,
        )

    edge_responses, flash_responses = show(edges), show(full_flash)
    rightward = moving_edge(
        angle=0, intensity=1, start=-80, stop=80, pre_time=100 * ms, tail_time=0 * ms
    )
    everywhere = show(rightward, record=list(_SHOWN), time_step=20 * ms)
    luminance = rightward.luminance(lattice, 20 * ms)

    files = []

    def path(name: str) -> Path:
        files.append(folder / name)
        return files[-1]

    edge_responses.save(path("moving_edges.nc"))
    flash_responses.save(path("flash.nc"))
    peak = peak_response(edge_responses, end=edges.stim_time)
    _save_tuning_table(peak, path("tuning.csv"))
    axes = plot_direction_tuning(peak)
    axes[0, 0].figure.suptitle(
        "before any fit: peak of the rectified voltage against the direction of motion"
    )
    _save(axes, path("tuning.png"))
    axes = plot_traces(flash_responses, _SHOWN, labels=["ON flash, 0 to 0.5 s"])
    _save(axes, path("flash.png"))
    _save(_activity_picture(everywhere, luminance), path("activity.png"))
    animate_activity(everywhere, luminance, _SHOWN, path("activity.gif"))
    return files


def _save_tuning_table(peak, path: Path) -> None:
    table = direction_selectivity_index(peak).to_dataset()
    table["preferred_direction_deg"] = preferred_direction(peak)
    chosen = table.isel(candidate=0).sel(cell_type=list(T4_AND_T5)).to_dataframe()
    with written_whole(path) as temporary:
        chosen.round(4).to_csv(temporary)


def _activity_picture(responses: Responses, luminance):
    """Draw what all columns do when the edge is in the middle of the eye."""
    times = responses.voltage["time"].to_numpy()
    middle = times[len(times) // 2]
    axes = plot_activity(responses, _SHOWN, middle * second, luminance)
    axes[0, 0].figure.suptitle(
        f"an ON edge moving to the right, {middle * 1000:.0f} ms after it appeared"
    )
    return axes


def _save(axes, path: Path) -> None:
    save_figure(axes, path, dpi=120)
    plt.close(axes.flat[0].figure)
