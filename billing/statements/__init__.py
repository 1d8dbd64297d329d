"""Payslips: pure views over the ledger."""
