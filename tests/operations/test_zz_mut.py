from garage.operations import past_stock
past_stock.shortage=lambda *a,**k: None
from tests.operations.test_stock_machine_db import test_stock_machine
