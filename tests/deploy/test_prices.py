"""`coulis cloud prices` against a server on this machine that has lists in the form of AWS's.

The form is that of AWS's price list files as documented (five lines about the file, the columns, a line for each price),
with columns and usage types as public copies of the files of 2025 and 2026 have them.
"""

import csv
import io
import json
import os
import re
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from command import Coulis

PREFIX = {"eu-west-3": "EUW3", "eu-west-1": "EU"}
COMMON = ("SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange", "EndingRange", "Unit",
          "PricePerUnit", "Currency")
COLUMNS = {
    "AmazonEC2": (*COMMON, "LeaseContractLength", "Product Family", "serviceCode", "Location", "Location Type", "Instance Type", "vCPU",
                  "Tenancy", "Operating System", "usageType", "operation", "CapacityStatus", "Pre Installed S/W", "Region Code", "Volume API Name"),
    "AmazonS3": (*COMMON, "Product Family", "serviceCode", "Location", "Location Type", "Storage Class", "Volume Type", "usageType", "operation"),
    "ElasticMapReduce": (*COMMON, "Product Family", "serviceCode", "Location", "Location Type", "Instance Type", "usageType", "operation",
                         "Software Type"),
}


def offer(service: str, rows: list[dict]) -> str:
    text = io.StringIO()
    write = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
    for line in (("FormatVersion", "v1.0"), ("Disclaimer", "This pricing list is for informational purposes only."),
                 ("Publication Date", "2026-11-20T10:00:00Z"), ("Version", "20261120100000"), ("OfferCode", service)):
        write(line)
    write(COLUMNS[service])
    for number, row in enumerate(rows):
        filled = {"SKU": f"SKU{number:013}", "TermType": "OnDemand", "StartingRange": "0", "EndingRange": "Inf", "Currency": "USD",
                  "PriceDescription": f'per hour, "{number}"', "serviceCode": service, "Location Type": "AWS Region"} | row
        write([filled.get(column, "") for column in COLUMNS[service]])
    return text.getvalue()


def line(usage: str, price: float, unit: str = "Hrs", operation: str = "", **more) -> dict:
    return {"usageType": usage, "PricePerUnit": f"{price:.10f}", "Unit": unit, "operation": operation} | more


def lists(region: str) -> dict[str, str]:
    """Prices, each beside the lines of AWS's lists that are easily taken for it."""
    here = PREFIX[region]
    ec2 = [
        line(f"{here}-BoxUsage:m5.xlarge", 0.48, operation="RunInstances:0002"),
        line(f"{here}-BoxUsage:m5.xlarge", 0.15, operation="RunInstances", TermType="Reserved", LeaseContractLength="1yr"),
        line(f"{here}-DedicatedUsage:m5.xlarge", 0.3, operation="RunInstances"),
        line(f"{here}-Reservation:m5.xlarge", 0, operation="RunInstances"),
        line(f"{here}-BoxUsage:m5.xlarge", 0.225, operation="RunInstances"),
        line(f"{here}-BoxUsage:m5.2xlarge", 0.448, operation="RunInstances"),
        line(f"{here}-EBS:VolumeUsage.gp3", 0.0928, "GB-Mo"),
        line(f"{here}-RegionalNatGateway-Hours", 0.9, operation="RegionalNatGateway"),
        line(f"{here}-NatGateway-Hours", 0.051, operation="NatGateway"),
        line(f"{here}-NatGateway-Bytes", 0.051, "GB", "NatGateway"),
    ]
    s3 = [
        line(f"{here}-TimedStorage-ByteHrs", 0.023, "GB-Mo", StartingRange="51200"),
        line(f"{here}-TimedStorage-ByteHrs", 0.024, "GB-Mo"),
        line(f"{here}-TimedStorage-SIA-ByteHrs", 0.0131, "GB-Mo"),
        line(f"{here}-Requests-Tier1", 0.0000053, "Requests"), line(f"{here}-Requests-Tier2", 0.00000042, "Requests"),
        line(f"{here}-Requests-INT-Tier1", 0.5, "Requests"),
    ]
    emr = [
        line(f"{here}-BoxUsage:m5.xlarge", 0.09, **{"Software Type": "MapR"}),
        *(line(f"{here}-BoxUsage:m5.{size}", price, **{"Software Type": "EMR"}) for size, price in (("xlarge", 0.05), ("2xlarge", 0.096), ("4xlarge", 0.192))),
        line(f"{here}-EMR-SERVERLESS-vCPUHours", 0.06318, "vCPU-Hours"), line(f"{here}-EMR-SERVERLESS-ARM-vCPUHours", 0.05, "vCPU-Hours"),
        line(f"{here}-EMR-SERVERLESS-MemoryGBHours", 0.00689, "GB-Hours"),
    ]
    return {service: offer(service, rows) for service, rows in (("AmazonEC2", ec2), ("AmazonS3", s3), ("ElasticMapReduce", emr))}


class Lists(BaseHTTPRequestHandler):
    def do_GET(self):
        found = re.fullmatch(r"/offers/v1\.0/aws/(\w+)/current/([\w-]+)/index\.csv", self.path)
        answer = self.server.answers.get(found.groups()) if found else None
        if answer is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer) + self.server.promised_more))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    served = ThreadingHTTPServer(("127.0.0.1", 0), Lists)
    served.promised_more = 0
    served.answers = {(service, region): text.encode() for region in PREFIX for service, text in lists(region).items()}
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def coulis(coulis_binary, server, tmp_path) -> Coulis:
    return Coulis(coulis_binary, {"COULIS_PRICE_LIST": f"http://127.0.0.1:{server.server_port}", "HOME": str(tmp_path), "PATH": os.environ["PATH"]})


def table(path) -> dict[tuple[str, str], list[str]]:
    rows = [row.split(",", 4) for row in path.read_text().splitlines() if not row.startswith(("#", "date,", "region,"))]
    return {(row[0], row[1]): row[2:] for row in rows}


def test_prices_of_the_lists_replace_those_of_the_table(coulis, tmp_path):
    before = tmp_path / "aws"
    assert coulis.try_("cloud", "template", "--out", before).code == 0
    outcome = coulis.try_("cloud", "prices", "--region", "eu-west-3", "--out", tmp_path / "new.csv")
    assert outcome.code == 0, outcome
    old, new = table(before / "prices.csv"), table(tmp_path / "new.csv")
    assert new["eu-west-3", "ec2:m5.xlarge"][:2] == ["hour", "0.225"]
    assert new["eu-west-3", "nat"] == ["hour", "0.051", "AWS price list AmazonEC2/eu-west-3 of 2026-11-20: EUW3-NatGateway-Hours"]
    assert [new["eu-west-3", item][1] for item in ("gp3", "s3-storage", "s3-put", "s3-get")] == ["0.0928", "0.024", "0.0053", "0.00042"]
    assert [new["eu-west-3", item][1] for item in ("emr:m5.xlarge", "serverless-vcpu", "serverless-gb")] == ["0.05", "0.06318", "0.00689"]
    assert {key: row for key, row in new.items() if key[0] != "eu-west-3"} == {key: row for key, row in old.items() if key[0] != "eu-west-3"}
    assert new["eu-west-3", "spot:m5.xlarge"] == old["eu-west-3", "spot:m5.xlarge"]
    assert new["eu-west-3", "ec2:m5.4xlarge"] == old["eu-west-3", "ec2:m5.4xlarge"]  # not in the list
    changed = {row.split(maxsplit=1)[1] for row in outcome.out.splitlines() if row.startswith("changed")}
    assert changed == {"eu-west-3 ec2:m5.xlarge: 0.224 to 0.225", "eu-west-3 nat: 0.05 to 0.051", "eu-west-3 emr:m5.xlarge: 0.048 to 0.05"}


def test_cost_takes_the_table_and_no_longer_calls_its_prices_unverified(coulis, tmp_path):
    assert coulis.try_("cloud", "prices", "--region", "eu-west-3", "--region", "eu-west-1", "--out", tmp_path / "new.csv").code == 0
    outcome = coulis.try_("cloud", "cost", "--prices", tmp_path / "new.csv", "--json")
    assert outcome.code == 0, outcome
    (said,) = re.findall(r'"emr \((.*)\)"', outcome.out)
    assert said == "eu-south-1, eu-south-2"
    again = coulis.try_("cloud", "prices", "--region", "eu-west-3", "--prices", tmp_path / "new.csv", "--out", tmp_path / "again.csv")
    assert again.code == 0 and "changed" not in again.out
    assert table(tmp_path / "again.csv") == table(tmp_path / "new.csv")


@pytest.mark.parametrize(("images", "row"), [(22_688, "the usual course data set"), (1_000_000, "a million")])
def test_table_of_the_documents_is_what_the_command_says(coulis, images, row):
    text = (Path(__file__).resolve().parents[2] / "docs/aws.md").read_text()
    cells = [cell.strip() for cell in re.search(rf"^\| {row} \|(.*)\|$", text, re.MULTILINE)[1].split("|")]
    estimate = json.loads(coulis.try_("cloud", "cost", "--images", images, "--json").out)
    (paris,) = [region for region in estimate["regions"] if region["region"] == "eu-west-3"]
    minutes, seconds = divmod(int(estimate["hours"] * 3600), 60)
    assert cells == [f"{images:,}", f"{minutes} min {seconds} s", f"${paris['job']:.2f}", f"${paris['upload']:.2f}"]
    assert f"prices of {estimate['prices_date']}" in text and estimate["measurement"].split(" images/s")[0].split(": ")[1] in text


def fails(coulis, tmp_path, *more) -> str:
    """What it says when it fails; the table that was there stays."""
    out = tmp_path / "prices.csv"
    out.write_text("old\n")
    outcome = coulis.try_("cloud", "prices", "--region", "eu-west-3", "--out", out, *more)
    assert outcome.code == 1 and out.read_text() == "old\n" and outcome.out == ""
    *_, error = outcome.err.splitlines()
    assert error.startswith("coulis: error: ") and outcome.err.count("coulis: error:") == 1
    return error


def test_offline_it_says_so_and_changes_nothing(coulis, server, tmp_path):
    nowhere = coulis.having(COULIS_PRICE_LIST="http://127.0.0.1:9")
    assert "no price was changed" in fails(nowhere, tmp_path)


def test_missing_and_cut_lists_are_errors(coulis, server, tmp_path):
    del server.answers["AmazonS3", "eu-west-3"]
    assert "AmazonS3/current/eu-west-3/index.csv" in fails(coulis, tmp_path) and "404" in fails(coulis, tmp_path)
    server.promised_more = 1000
    assert "no price was changed" in fails(coulis, tmp_path)


@pytest.mark.parametrize("text", ["", "<html>Sign in</html>", '"FormatVersion","v1.0"\n', '"a","b","c"\n"1","2","3"\n'])
def test_what_is_no_price_list_is_an_error(coulis, server, tmp_path, text):
    server.answers["AmazonEC2", "eu-west-3"] = text.encode()
    assert "form" in fails(coulis, tmp_path)


def test_list_without_any_of_the_prices_is_an_error(coulis, server, tmp_path):
    server.answers["ElasticMapReduce", "eu-west-3"] = offer("ElasticMapReduce", [line("EUW3-Else", 1)]).encode()
    assert "has none of the prices" in fails(coulis, tmp_path)


def test_unknown_region_is_named(coulis, tmp_path):
    assert "mars-1" in coulis.fails(2, "cloud", "prices", "--region", "mars-1", "--out", tmp_path / "x.csv")


def peak_of(coulis, out) -> int:
    """Most memory of the command, in KiB."""
    process = subprocess.Popen(coulis.command("cloud", "prices", "--region", "eu-west-3", "--out", out), env=coulis.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status, peak = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        peak = max([peak, *(int(row.split()[1]) for row in status.read_text().splitlines() if row.startswith("VmHWM"))])
        time.sleep(0.005)
    assert process.returncode == 0
    return peak


def test_memory_does_not_grow_with_the_list(coulis, server, tmp_path):
    small = peak_of(coulis, tmp_path / "small.csv")
    rows = offer("AmazonEC2", [line(f"EUW3-BoxUsage:x{number}.large", 1, operation="RunInstances") for number in range(2000)])
    other = rows.split("\n", 6)[6]
    text = server.answers["AmazonEC2", "eu-west-3"]
    server.answers["AmazonEC2", "eu-west-3"] = text + other.encode() * (40_000_000 // len(other))
    assert len(server.answers["AmazonEC2", "eu-west-3"]) > 39_000_000
    assert peak_of(coulis, tmp_path / "large.csv") < small + 10_000
    assert table(tmp_path / "large.csv") == table(tmp_path / "small.csv")
