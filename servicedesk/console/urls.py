"""The technicians' addresses."""

from django.urls import path

from . import articles, configuration, directory, directory_mapping, people, problems, queue, rights, sign_in, ticket
from .assets.urls import urlpatterns as asset_pages

app_name = "console"
urlpatterns = [
    path("desk/", queue.queue, name="queue"),
    path("desk/work/", queue.work, name="work"),
    path("desk/tickets/<str:number>/", ticket.ticket, name="ticket"),
    path("desk/tickets/<str:number>/files/<uuid:uuid>/", ticket.file, name="file"),
    path("desk/tickets/<str:number>/<slug:name>/", ticket.action, name="action"),
    path("desk/problems/", problems.problems, name="problems"),
    path("desk/problems/new/", problems.problem_new, name="problem-new"),
    path("desk/people/", people.people, name="people"),
    path("desk/people/<str:login>/", people.person, name="person"),
    path("desk/kb/", articles.articles, name="articles"),
    path("desk/kb/new/", articles.new, name="article-new"),
    path("desk/kb/<str:number>/", articles.article, name="article"),
    path("desk/kb/<str:number>/<slug:name>/", articles.action, name="article-action"),
    *asset_pages,
    path("settings/", configuration.overview, name="settings"),
    path("settings/queues/", configuration.queues, name="settings-queues"),
    path("settings/queues/new/", configuration.queue_new, name="settings-queue-new"),
    path("settings/queues/<slug:slug>/", configuration.queue_edit, name="settings-queue"),
    path("settings/categories/", configuration.categories, name="settings-categories"),
    path("settings/categories/new/", configuration.category_new, name="settings-category-new"),
    path("settings/categories/<slug:slug>/", configuration.category_edit, name="settings-category"),
    path("settings/tags/", configuration.tags, name="settings-tags"),
    path("settings/tags/<slug:slug>/", configuration.tag_edit, name="settings-tag"),
    path("settings/directory/", directory.overview, name="settings-directory"),
    path("settings/directory/alarms/", directory.alarms, name="settings-directory-alarms"),
    path("settings/directory/alarms/<int:alarm>/settle/", directory.alarm_settle, name="settings-directory-settle"),
    path("settings/directory/mapping/", directory_mapping.mapping, name="settings-directory-mapping"),
    path("settings/directory/runs/<int:run>/", directory.run, name="settings-directory-run"),
    path("settings/sign-in/", sign_in.overview, name="settings-sign-in"),
    path("settings/sign-in/lift/", sign_in.lift, name="settings-sign-in-lift"),
    path("settings/sign-in/reset/", sign_in.reset, name="settings-sign-in-reset"),
    path("settings/rights/", rights.queue_rights, name="settings-rights"),
    path("settings/rights/people/", rights.people_rights, name="settings-rights-people"),
    path("settings/rights/people/<str:login>/", rights.person_rights, name="settings-rights-person"),
    path("settings/roles/", configuration.roles, name="settings-roles"),
    path("settings/roles/<int:group>/", configuration.register_edit, name="settings-register"),
    path("settings/roles/<int:group>/<slug:slug>/", configuration.role_edit, name="settings-role"),
]
