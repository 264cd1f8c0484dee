"""The diagram of the states; it needs no database."""

from __future__ import annotations

from cermin.web.cycles.models import State
from cermin.web.cycles.rules.states import TRIGGERS, Trigger


def states_diagram() -> str:
    """Return the states and transitions as a Mermaid diagram, from the dict that enforces them."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.DRAFT}"]
    lines += [f"    {state}: {state.label}" for state in State]
    names = {Trigger.OWNER: "pengelola", Trigger.CLOCK: "waktu"}
    for (origin, to), triggers in TRIGGERS.items():
        who = ", ".join(names[trigger] for trigger in sorted(triggers))
        lines.append(f"    {origin} --> {to}: {who}")
    return "\n".join([*lines, f"    {State.ARCHIVED} --> [*]"]) + "\n"


def states_page() -> str:
    """Return the page of the reference that shows the diagram."""
    return (
        "# Status periode evaluasi\n\n"
        "Setiap peralihan disebut bersama siapa yang dapat melakukannya: pengelola, atau waktu "
        "(pekerja latar, menurut tanggal periode). Peralihan lain tidak mungkin.\n\n"
        f"```mermaid\n{states_diagram()}```\n"
    )
