"""/api/v1 of after-sales. Views parse, call one domain function, tell."""

from aftersales.api import events, extra_work, files, letters, people, work_orders

BLUEPRINTS = (work_orders.bp, extra_work.bp, files.bp, people.bp, letters.bp, events.bp)
