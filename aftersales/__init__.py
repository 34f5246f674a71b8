"""After-sales: work orders, files, follow-ups, cases, appointments, registers and summaries. Every promise has an owner and a date."""
