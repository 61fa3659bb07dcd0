"""Addresses of the pages for employees."""

from django.urls import path

from .views import approvals, articles, catalogue, equipment, lists, report, ticket

app_name = "portal"

urlpatterns = [
    path("", lists.home, name="home"),
    path("report/", report.report, name="report"),
    path("report/people/", report.people, name="people"),
    path("kb/", articles.articles, name="articles"),
    path("kb/<str:number>/", articles.article, name="article"),
    path("kb/<str:number>/feedback/", articles.feedback, name="article-feedback"),
    path("equipment/", equipment.equipment, name="equipment"),
    path("equipment/<str:number>/<slug:name>/", equipment.answer, name="equipment-answer"),
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/<slug:slug>/", catalogue.item, name="catalogue-item"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("tickets/", lists.tickets, name="tickets"),
    path("tickets/<str:number>/", ticket.ticket, name="ticket"),
    path("tickets/<str:number>/reply/", ticket.ReplyView.as_view(), name="reply"),
    path("tickets/<str:number>/confirm/", ticket.ConfirmView.as_view(), name="confirm"),
    path("tickets/<str:number>/reopen/", ticket.ReopenView.as_view(), name="reopen"),
    path("tickets/<str:number>/cancel/", ticket.CancelView.as_view(), name="cancel"),
    path("tickets/<str:number>/revise/", ticket.ReviseView.as_view(), name="revise"),
    path("tickets/<str:number>/decide/", ticket.DecideView.as_view(), name="decide"),
    path("tickets/<str:number>/follow/", ticket.FollowView.as_view(), name="watch"),
    path("tickets/<str:number>/unfollow/", ticket.UnfollowView.as_view(), name="unwatch"),
    path("tickets/<str:number>/files/<uuid:uuid>/", ticket.file, name="file"),
]
