"""Write silencing.csv: what studies of perturbed flies found, beside two fitted models.

Findings of tangential cells stand there as T4 and T5 answer them, and as HS and VS do.
"""

from pathlib import Path

import neuroflysim as nfs

MODELS = ("flow/000", "flow_t4t5/000")

perturbing = [
    key
    for key in nfs.studies().index
    if any(each.perturbations for each in nfs.load_study(key).experiments.values())
]
tables = {name: nfs.compare(nfs.load_parameters(name), perturbing) for name in MODELS}
whole = tables[MODELS[0]]
perturbed = whole["condition"].str.contains("perturbation=")
shown = whole.loc[perturbed, ["study", "measure", "cell_type", "condition"]]
# Of pairs of bars only those that were shown together are asked for: that tells nothing here.
shown["condition"] = (
    shown["condition"].str.replace("perturbation=", "").str.replace("; first_on=1; second_on=1", "")
)
shown["fly"] = (whole["fly"] + " " + whole["unit"].where(whole["unit"] != "1", "")).str.strip()
shown["outside"] = whole["strict"].map({True: "", False: "secondary"})
shown.loc[whole["beside"] != "", "outside"] = "in no score"
for name, table in tables.items():
    shown[name] = table["model"].map("{:.2f}".format)
    shown["agreement"] = table["agreement"].map("{:.2f}".format)
    shown = shown.rename(columns={"agreement": f"agreement of {name}"})
shown.to_csv(Path(__file__).parent / "silencing.csv", index=False)
