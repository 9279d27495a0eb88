"""What a record must be, said from the exported log alone by the rules of the merge (DESIGN.md section 5).

No state is carried forward: a value stands unless some other write replaced it whose author had seen it. Written from the
rules, without a look at how the node computes them.
"""

import bisect
import collections
import dataclasses

EXISTENCE = "*existence*"


class Entry:
    def __init__(self, line, place):
        self.origin, self.seq, self.id, self.time = line["origin"], line["seq"], line["id"], line["time"]
        self.market = self.origin.split(".")[0]
        self.context, self.changes, self.line = line["context"], line["changes"], line
        self.place = place

    @property
    def dot(self):
        return (self.origin, self.seq)

    def sees(self, other):
        return self.context.get(other.origin, 0) >= other.seq

    @property
    def lateness(self):
        return (self.time, self.market, self.id)


class Write:
    """One change set's change of one record."""

    def __init__(self, entry, change):
        self.entry, self.op, self.units = entry, change["op"], change["units"]
        self.keeps = {(keep["unit"], keep["origin"], keep["seq"]) for keep in change["keeps"]}

    def replaces(self, other, unit):
        return self.entry.sees(other.entry) and (unit, *other.entry.dot) not in self.keeps


def standing(values, replacing, unit):
    """The log is in an order of application, so whoever saw a write stands behind it."""
    places = [one.entry.place for one in replacing]

    def is_replaced(value):
        behind = range(bisect.bisect_right(places, value.entry.place), len(places))
        return any(replacing[index].replaces(value, unit) for index in behind)

    return [value for value in values if not is_replaced(value)]


@dataclasses.dataclass
class Conflict:
    """As every node must list it: entry id → value, the value shown, and what it was before."""

    sides: dict
    shown: object
    base: object = None


class Record:
    """What the table must show, and which conflicts must be open, by unit."""

    def __init__(self, writes, units, home):
        self.writes, self.home = writes, home
        speaking = [write for write in writes if write.op != "update"]
        existence = standing(speaking, speaking, EXISTENCE)
        deletes = [write for write in existence if write.op == "delete"]
        siblings = {unit: self.siblings(unit, writes) for unit in {unit for write in writes for unit in write.units}}
        survivors = [
            value for unit, values in siblings.items() for value in values
            if not any(delete.replaces(value, unit) for delete in deletes)]
        is_present = len(deletes) < len(existence)
        self.is_shown = is_present or bool(deletes and survivors)
        self.shown = {}
        self.conflicts = {}
        if self.is_shown and deletes:
            sides = {} if is_present else {write.entry.id: "present" for write in survivors}
            for write in existence:
                sides[write.entry.id] = "absent" if write.op == "delete" else "present"
            self.conflicts[EXISTENCE] = Conflict(sides, "present")
        for unit, (policy, columns) in units.items():
            values = siblings.get(unit)
            if not values:
                continue
            shown = latest(values) if policy == "latest" else self.preferred(values)
            self.shown |= shown.units[unit]
            if self.is_shown and is_open(unit, policy, values, home):
                self.conflicts[unit] = Conflict(
                    {value.entry.id: value.units[unit] for value in values}, shown.units[unit],
                    self.base(unit, columns, values))

    @staticmethod
    def siblings(unit, writes):
        values = [write for write in writes if unit in write.units]
        return standing(values, [write for write in writes if write.op == "create" or unit in write.units], unit)

    def unasked(self, units):
        """Plain writes that silently replaced a value which nobody had looked at (rule 2): (entry, unit, value's entry)."""
        for write in self.writes:
            if write.entry.line["resolves"]:
                continue
            seen = [other for other in self.writes if write.entry.sees(other.entry)]
            written = units if write.op == "delete" else write.units
            for unit in written:
                siblings = self.siblings(unit, seen) if seen and write.op != "create" else []
                if len(siblings) < 2 or not is_open(unit, units[unit][0], siblings, self.home):
                    continue
                shown = self.preferred(siblings).units[unit]
                for hidden in siblings:
                    if hidden.units[unit] != shown and write.replaces(hidden, unit):
                        yield write.entry.dot, unit, hidden.entry.dot

    def preferred(self, values):
        return latest([value for value in values if value.entry.market == self.home] or values)

    def base(self, unit, columns, sides):
        """What the unit showed to whoever had seen exactly what all sides had seen."""
        common = [write for write in self.writes if all(side.entry.sees(write.entry) for side in sides)]
        values = self.siblings(unit, common)
        if values:
            return self.preferred(values).units[unit]
        return dict.fromkeys(columns) if any(write.op == "create" for write in common) else None


def is_open(unit, policy, siblings, home):
    """Whether the policy cannot join them (rule 4)."""

    def differ(values):
        return any(value.units[unit] != values[0].units[unit] for value in values)

    of_home = [value for value in siblings if value.entry.market == home]
    home_has_one = bool(of_home) and not differ(of_home)
    return differ(siblings) and (policy == "manual" or policy == "home" and not home_has_one)


def latest(values):
    return max(values, key=lambda write: write.entry.lateness)


def records(entries, units, home_of):
    """Every record that a log tells of, by (type, key). `units`: by type and name, (policy, columns)."""
    writes = collections.defaultdict(list)
    for entry in entries:
        for change in entry.changes:
            writes[change["type"], change["key"]].append(Write(entry, change))
    return {
        record: Record(all_writes, units[record[0]], home_of(*record)) for record, all_writes in writes.items()}
