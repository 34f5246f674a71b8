"""/api/v1 of after-sales. Views parse, call one domain function, tell."""

from aftersales.api import appointments, events, extra_work, files, letters, people, slots, work_orders

BLUEPRINTS = (
    work_orders.bp,
    extra_work.bp,
    slots.bp,
    appointments.bp,
    files.bp,
    people.bp,
    letters.bp,
    events.bp,
)
