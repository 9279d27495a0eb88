"""An administrator at one node, who runs commands beside the daemon and loses patience with some of them:
admin.py YRDSYNC NODE MARKET LEDGER SEED.

One command in four is killed (-9) in the middle. SIGTERM ends after the command.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import cast
import lifetime
from ledger import Ledger


class Admin:
    def __init__(self, yrdsync, node, market, ledger, chance):
        self.yrdsync, self.node, self.market = yrdsync, node, market
        self.ledger, self.chance = ledger, chance
        self.number = ledger.number

    def run(self, *arguments):
        """Returns (exit code, standard output); None for one that was killed."""
        process = subprocess.Popen(
            [self.yrdsync, "-C", self.node, *arguments, "--json"], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        was_killed = False
        try:
            patience = self.chance.random() * 0.5 if self.chance.random() < 0.25 else 300
            output, errors = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            was_killed = True
            process.kill()
            output, errors = process.communicate()
            assert patience < 300, f"{arguments} hung"
        # It may have ended by itself before the blow fell.
        was_killed = was_killed and process.returncode == -signal.SIGKILL
        self.ledger.write(
            command=arguments[0], arguments=arguments, killed=was_killed, exit=process.returncode,
            error=errors.strip().splitlines()[-1:])
        return None if was_killed else process.returncode, output

    def status(self):
        self.run("status")

    def verify(self):
        self.run("verify", *(["--deep"] if self.chance.random() < 0.3 else []))

    def sync(self):
        others = [market for market in cast.MARKETS if market != self.market]
        self.run("sync", *(others if self.chance.random() < 0.3 else [self.chance.choice(others)]))

    def copy_descriptor(self):
        """Trust as it stands, granted anew: a file in peers/ is replaced by its like."""
        other = self.chance.choice([market for market in cast.MARKETS if market != self.market])
        shutil.copy(f"{self.node}/peers/{other}.yaml", f"{self.node}/peers/.{other}.new")
        os.rename(f"{self.node}/peers/.{other}.new", f"{self.node}/peers/{other}.yaml")

    def import_file(self):
        """Forty new agencies; one transaction, since a file of up to 1,000 rows is."""
        first = self.number + 1
        self.number += 40
        token = f"{self.market}-admin-{first}"
        keys = [cast.agency(self.market, cast.RECEIPT["admin"] + number) for number in range(first, self.number + 1)]
        path = os.path.join(self.node, f"register-{first}.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("机构编号,机构名称\n" + "".join(f"{key},{token}\n" for key in keys))
        self.ledger.write(
            number=self.number, asked=token,
            writes=[{"type": "agency", "key": key, "op": "insert", "values": {"name": token}} for key in keys])
        code, _ = self.run("records", "import", "agency", path)
        if code == 0:
            self.ledger.write(acknowledged=token)

    def resolve(self):
        code, output = self.run("conflicts", "list")
        conflicts = [json.loads(line) for line in output.splitlines()] if code == 3 else []
        for conflict in self.chance.sample(conflicts, min(8, len(conflicts))):
            self.number += 1
            reason = f"{self.market}-reason-{self.number}"
            side = self.chance.choice(conflict["siblings"])
            if conflict["unit"] == "*existence*":
                choice = [self.chance.choice(["--keep", "--delete"])]
            else:
                choice = ["--take", f"{side['origin']}:{side['seq']}"]
            self.ledger.write(number=self.number, decides=conflict["id"], reason=reason)
            code, _ = self.run("conflicts", "resolve", conflict["id"], *choice, "--reason", reason)
            if code == 0:
                self.ledger.write(decided=conflict["id"], reason=reason)


def main():
    yrdsync, node, market, ledger_path, seed = sys.argv[1:]
    goes_on = lifetime.goes_on()
    ledger = Ledger(ledger_path)
    chance = random.Random(f"{seed} {market} admin {ledger.runs}")
    admin = Admin(yrdsync, node, market, ledger, chance)
    deeds = [admin.status, admin.verify, admin.sync, admin.copy_descriptor, admin.import_file, admin.resolve]
    while goes_on():
        chance.choices(deeds, weights=[10, 5, 20, 10, 15, 40])[0]()
        time.sleep(chance.random() * 0.5)


main()
