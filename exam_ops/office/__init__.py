"""Paper in and out: workbooks, tickets, reports."""
