"""What every oracle in Python says: up to 50 faults, then one line that sums up."""

import sys


class Report:
    def __init__(self):
        self.checked = 0
        self.faults = 0

    def check(self, where, faults):
        """Count one thing and the faults found in it."""
        self.checked += 1
        for fault in faults:
            self.faults += 1
            if self.faults <= 50:
                print(f"{where}: {fault}")

    def attempt(self, claim, check):
        """Count one claim; what check returns or raises is its fault."""
        try:
            fault = check()
            self.check(claim, [fault] if fault else [])
        except Exception as err:  # whatever it is, it is the fault
            self.check(claim, [f"{type(err).__name__}: {str(err)[:500]}"])

    def done(self):
        """Print the sum and end: 1 where there is a fault, or nothing was checked."""
        print(f"{self.checked} checked, {self.faults} faults")
        sys.exit(0 if self.checked and not self.faults else 1)
