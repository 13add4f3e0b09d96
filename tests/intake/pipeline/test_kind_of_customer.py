"""Person or organisation: what a file of customers says stands against the contact named in an order."""

from __future__ import annotations

from pathlib import Path

from regulars.customers.models import Customer
from regulars.intake import pipeline
from regulars.platform.workspace import Workspace, open_workspace

CUSTOMERS = "customer number,type,name,company,country\nK1,organisation,Kohvik OU,Kohvik OU,EE\nK2,person,Ann Uba,,EE\n"
ORDERS = (
    "order number,date,customer number,customer name,company,country,total\n"
    "A1,2024-05-01,K1,Mari Maasikas,Kohvik OU,EE,10.00\nA2,2024-05-02,K2,Ann Uba,,EE,12.00\n"
)


def test_a_contact_does_not_make_a_firm_a_person(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "orders.csv").write_text(ORDERS)
    pipeline.import_files(workspace, [tmp_path / "customers.csv"])
    workspace = open_workspace(workspace.path)
    pipeline.import_files(workspace, [tmp_path / "orders.csv"])
    assert sorted(Customer.objects.values_list("kind", flat=True)) == ["organisation", "person"]
    again = pipeline.import_files(open_workspace(workspace.path), [tmp_path / "orders.csv"])
    assert again.counts.unchanged == 2
