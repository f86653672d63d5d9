"""Addresses of this floor: pages and API."""

from django.urls import URLPattern, path

from exam_ops.office.views import (
    evidence_duties,
    loads,
    people,
    plans,
    readiness,
    roster_check,
    rosters,
    students,
    tickets,
)

pages: list[URLPattern] = [
    path("plans/", plans.PlanList.as_view(), name="plan-list"),
    path("plans/<str:code>/", plans.PlanDetail.as_view(), name="plan-detail"),
    path("plans/<str:code>/students/", students.StudentNotice.as_view(), name="student-notice"),
    path(
        "plans/<str:code>/students/<str:site_code>/list.xlsx",
        students.StudentList.as_view(),
        name="student-list",
    ),
    path("registry/import/", people.RegistryImport.as_view(), name="registry-import"),
    path("registry/import/template/", people.RegistryTemplate.as_view(), name="registry-template"),
    path("registry/import/errors/", people.RegistryImportErrors.as_view(), name="registry-import-errors"),
    path("registry/list.xlsx", people.RegistryExport.as_view(), name="registry-export"),
    path("plan-loads/", loads.PlanLoad.as_view(), name="plan-load"),
    path("plan-loads/template/", loads.PlanTemplate.as_view(), name="plan-template"),
    path("plan-loads/errors/", loads.PlanLoadErrors.as_view(), name="plan-load-errors"),
    path(
        "integrity/evidence/duties/list.xlsx",
        evidence_duties.EvidenceDutiesExport.as_view(),
        name="evidence-duties-export",
    ),
    path("roster/export.xlsx", rosters.RosterExport.as_view(), name="roster-export"),
    path("roster/doors/", rosters.RosterDoors.as_view(), name="roster-doors"),
    path("roster/load/", rosters.RosterLoad.as_view(), name="roster-load"),
    path("roster/load/template/", rosters.RosterTemplate.as_view(), name="roster-template"),
    path("roster/load/errors/", rosters.RosterLoadErrors.as_view(), name="roster-load-errors"),
    path("roster-check/list.xlsx", roster_check.RosterCheckExport.as_view(), name="roster-check-export"),
    path("readiness/", readiness.Readiness.as_view(), name="readiness"),
    path("readiness/list.xlsx", readiness.ReadinessExport.as_view(), name="readiness-export"),
    path("readiness/reminders/", readiness.ReadinessPress.as_view(), name="readiness-press"),
    path("readiness/ticks/", readiness.ReadinessTicks.as_view(), name="readiness-ticks"),
    path("tickets/", tickets.TicketList.as_view(), name="ticket-list"),
    path("tickets/<int:pk>/print/", tickets.TicketOne.as_view(), name="ticket-print"),
    path("tickets/<int:pk>/cases/", tickets.TicketCases.as_view(), name="ticket-cases"),
    path("tickets/rooms/<int:pk>/print/", tickets.TicketRoom.as_view(), name="ticket-room"),
]
api: list[URLPattern] = []
