"""工作台: what stands before each role today (E1)."""

from django.http import HttpRequest, HttpResponse

from exam_ops.core.pages import Page


class Home(Page):
    template = "workbench/home.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()
