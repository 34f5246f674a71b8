"""/api/v1 of the customer file: customers, imports, segments, suppressions. Views parse, call one domain function, tell."""

from customers.api import consents, customers, imports, segments, suppressions, vehicles

BLUEPRINTS = (customers.bp, vehicles.bp, consents.bp, imports.bp, segments.bp, suppressions.bp)
