"""One module for each group of commands; they import what they need only when they run."""

from healthtrends.cli.commands.alarms import alarms
from healthtrends.cli.commands.audit import audit
from healthtrends.cli.commands.backfill import backfill
from healthtrends.cli.commands.backup import backup, restore
from healthtrends.cli.commands.compact import compact
from healthtrends.cli.commands.delta import delta
from healthtrends.cli.commands.demo import demo
from healthtrends.cli.commands.detect import detect
from healthtrends.cli.commands.doctor import doctor
from healthtrends.cli.commands.dp import dp
from healthtrends.cli.commands.evaluate import evaluate
from healthtrends.cli.commands.expire import expire
from healthtrends.cli.commands.forget import forget
from healthtrends.cli.commands.ingest import ingest
from healthtrends.cli.commands.key import key
from healthtrends.cli.commands.map import map_
from healthtrends.cli.commands.mllp import mllp
from healthtrends.cli.commands.outbreaks import outbreaks
from healthtrends.cli.commands.produce import produce
from healthtrends.cli.commands.rejects import rejects
from healthtrends.cli.commands.release import release
from healthtrends.cli.commands.report import report
from healthtrends.cli.commands.resolve import resolve
from healthtrends.cli.commands.run import run
from healthtrends.cli.commands.schema import schema
from healthtrends.cli.commands.sql import sql
from healthtrends.cli.commands.stack import down, up
from healthtrends.cli.commands.status import status
from healthtrends.cli.commands.topic import topic
from healthtrends.cli.commands.unpublish import unpublish
from healthtrends.cli.commands.upgrade import upgrade
from healthtrends.cli.commands.verify import verify
from healthtrends.cli.commands.version import version
from healthtrends.cli.commands.watch import watch

COMMANDS = (
    run, up, down, status, watch, produce, map_, schema, mllp, ingest, resolve, verify, rejects, compact,
    backfill, report, release, delta, sql, unpublish, forget, expire, upgrade, backup, restore, topic, key,
    alarms, outbreaks, detect, evaluate, audit, dp, doctor, demo, version,
)  # fmt: skip
