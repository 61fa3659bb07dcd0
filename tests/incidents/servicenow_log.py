"""Small ServiceNow logs, written line by line: each test says only what it is about."""

import csv
import io
import json

from django.core.management import CommandError, call_command

COLUMNS = [
    "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla",
    "caller_id", "opened_by", "opened_at", "sys_created_by", "sys_created_at", "sys_updated_by", "sys_updated_at",
    "contact_type", "location", "category", "subcategory", "u_symptom", "cmdb_ci", "impact", "urgency",
    "priority", "assignment_group", "assigned_to", "knowledge", "u_priority_confirmation", "notify", "problem_id",
    "rfc", "vendor", "caused_by", "closed_code", "resolved_by", "resolved_at", "closed_at",
]  # fmt: skip
USUAL = {
    "number": "INC0000001", "incident_state": "New", "active": "true", "reassignment_count": "0", "reopen_count": "0",
    "sys_mod_count": "0", "made_sla": "true", "caller_id": "Caller 1", "opened_by": "Opened by  8",
    "opened_at": "29/2/2016 01:16", "sys_created_by": "Created by 6", "sys_created_at": "29/2/2016 01:23",
    "sys_updated_by": "Updated by 5", "sys_updated_at": "29/2/2016 01:23", "contact_type": "Phone",
    "location": "Location 143", "category": "Category 26", "subcategory": "Subcategory 170", "u_symptom": "Symptom 72",
    "impact": "2 - Medium", "urgency": "2 - Medium", "priority": "3 - Moderate", "assignment_group": "Group 70",
    "knowledge": "true", "u_priority_confirmation": "false", "notify": "Do Not Notify",
}  # fmt: skip
LIFE = [
    {"incident_state": "New", "sys_updated_at": "29/2/2016 01:23"},
    {"incident_state": "Active", "assigned_to": "Resolver 5", "sys_updated_at": "29/2/2016 02:00"},
    {"incident_state": "Awaiting User Info", "assigned_to": "Resolver 5", "sys_updated_at": "29/2/2016 02:00"},
    {"incident_state": "Resolved", "assigned_to": "Resolver 5", "sys_updated_at": "1/3/2016 11:29"},
    {"incident_state": "Closed", "assigned_to": "Resolver 5", "sys_updated_at": "5/3/2016 12:00", "active": "false"},
]
ENDED = {"closed_code": "code 6", "resolved_by": "Resolved by 149", "resolved_at": "1/3/2016 11:29",
         "closed_at": "5/3/2016 12:00"}  # fmt: skip


def row(**cells):
    """One line; what is not named is as usual, or missing."""
    return {name: "?" for name in COLUMNS} | USUAL | cells


def life(number="INC0000001", **cells):
    """The five lines of one ticket from new to closed."""
    return [row(number=number, **{**ENDED, **step, **cells}) for step in LIFE]


def text_of(rows, columns=COLUMNS):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Log:
    """A log file in the folder of a test, and the command that imports it."""

    def __init__(self, folder, capsys):
        self.folder = folder
        self.capsys = capsys
        self.path = folder / "log.csv"

    def write(self, rows, **options):
        self.path.write_text(text_of(rows, **options), encoding="utf-8")

    def run(self, *options, mapping=None):
        """The counts that the command printed last."""
        if mapping is not None:
            (self.folder / "mapping.toml").write_text(mapping, encoding="utf-8")
            options = (*options, "--mapping", str(self.folder / "mapping.toml"))
        self.capsys.readouterr()
        call_command("import_tickets", str(self.path), "--format", "servicenow-csv", "--json", *options)
        return json.loads(self.capsys.readouterr().out.splitlines()[-1])

    def load(self, rows, *options, mapping=None):
        self.write(rows)
        return self.run(*options, mapping=mapping)

    def refusal(self, **options):
        """The sentence of a refused import, which exits with 1."""
        try:
            self.run(**options)
        except CommandError as error:
            assert error.returncode == 1
            return str(error)
        raise AssertionError("the import was not refused")
