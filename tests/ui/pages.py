"""Pages that use every component, for the browser to look at; they know no tickets and need no database."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template import Context, Engine, RequestContext
from django.urls import path
from django.utils import timezone

EMPLOYEE = SimpleNamespace(is_authenticated=True, name="Luca Moretti", email="luca@corp.example", pk=1)
posts: list[dict[str, str]] = []

TOP = "{% extends 'ui/desk_base.html' %}{% load ui %}{% block title %}Page{% endblock %}"
QUEUE = (
    TOP
    + """{% block search %}<form class="search-box not-phone" role="search">{% icon "search" "s" %}
<input type="search" name="q" aria-label="Search tickets"></form>{% endblock %}
{% block main %}<div class="page-head"><h1>Queue</h1><span class="tag">L1</span></div><div class="page-body stack">
{% include "ui/components/chips.html" with label="Filters" chips=chips %}
{% include "ui/components/tabs.html" with label="Parts" tabs=chips %}
<div class="table-wrap sticky-head"><table class="table tickets cards"><caption class="vh">Tickets</caption>
<thead><tr><th class="c-priority">Priority</th><th>Ticket</th><th class="c-status">Status</th>
<th class="c-who">Assignee</th><th class="c-when" aria-sort="descending"><a href="?o=a">Updated</a></th></tr></thead>
<tbody><tr class="group"><th colspan="5" scope="rowgroup">{% icon "flame" "s" %}Overdue</th></tr>
{% for row in rows %}<tr class="ticket"><td class="c-priority">{% priority row.priority %}</td>
<th scope="row" class="c-title"><div class="trunc"><a class="title" href="/desk/ticket/">{{ row.title }}</a></div>
<div class="meta"><span class="mono">INC-000123</span><span>Nurul Aisyah Rahman</span></div></th>
<td class="c-status">{% status row.label row.tone %}</td><td class="c-who">{% person row.who %}</td>
<td class="c-when">{% time row.at %}</td></tr>{% endfor %}</tbody></table></div>{% pagination page %}
{% empty "No tickets here" "Nothing matches the filters." "?" "Clear the filters" %}</div>{% endblock %}"""
)
TICKET = (
    TOP
    + """{% block main_class %}fixed{% endblock %}{% block main %}<div class="workspace">
<header class="ticket-head">{% breadcrumbs "Queue" "/desk/" %}<div class="ticket-title"><h1>Dock does not charge
<span class="number">INC-000123</span></h1><div class="button-row">
<a class="btn" id="escalate" href="/dialog/" hx-get="/dialog/" hx-target="#dialog">Escalate</a>
<button class="btn icon" type="button" popovertarget="more" aria-label="More actions">{% icon "dots" %}</button></div>
<div popover id="more" class="menu to-start" role="group" aria-label="More actions"><ul role="list">
<li><a href="/dialog/">Merge</a></li><li><span class="item off">{% icon "ban" %}<span>Cancel
<span class="why">Only the team may.</span></span></span></li></ul></div></div>
<dl class="props"><div><dt>Status</dt><dd>{% status "In progress" "progress" %}</dd></div>
<div><dt>Priority</dt><dd>{% priority "P2" words=True %}</dd></div>
<div class="end"><dt>Opened</dt><dd>{% time now absolute=True %}</dd></div></dl></header>
<nav class="tabs workspace-tabs" aria-label="Parts"><a href="#conversation">Conversation</a>
<a href="#details">Details</a></nav>
<div class="conversation-pane" id="conversation"><div class="stream" tabindex="0" role="region"
aria-label="Conversation"><ol role="list" class="conversation">
{% include "ui/components/message.html" with author="Giulia Ferri" at=now kind="Request" text=text %}
{% include "ui/components/event.html" with text="Escalated to tier 2" who="Wei Ling Tan" at=now %}
{% include "ui/components/message.html" with author="Wei Ling Tan" at=now internal=True text=text %}
{% include "ui/components/message.html" with author="Luca Moretti" at=now mine=True text=text files=files %}
</ol></div><form class="composer" method="post" action="/reply/" data-draft="INC-000123:message">{% csrf_token %}
<div class="box"><div class="kinds" role="radiogroup" aria-label="Kind of message">
<label><input type="radio" name="kind" value="reply" checked>{% icon "message-reply" "s" %}Reply</label>
<label><input type="radio" name="kind" value="note">{% icon "lock" "s" %}Internal note</label></div>
<div class="to for-reply">To Giulia Ferri</div><div class="to for-note">{% icon "lock" %}Only technicians see this</div>
<label class="vh" for="text">Message</label><textarea id="text" name="text" placeholder="Write"></textarea>
<div class="foot"><label class="vh" for="files">Files</label><input type="file" id="files" name="files" multiple>
<button class="btn primary"><span class="for-reply">Send</span><span class="for-note">Save note</span></button></div>
</div></form></div><aside class="sidebar" id="details" aria-label="Details" tabindex="0"><section>
<div class="row">{% avatar "Giulia Ferri" "lg" %}<h2>Giulia Ferri</h2></div></section>
<details open><summary><h2>Facts</h2></summary>{% facts pairs %}</details></aside></div>{% endblock %}"""
)
PORTAL = """{% extends 'ui/portal_base.html' %}{% load ui %}{% block title %}Home{% endblock %}{% block main %}
<div class="stack"><h1>How can we help?</h1>{% alert "Mail is slow." "warn" title="Known outage" %}
{% alert "Sent." "ok" %}{% alert "Too late." "danger" %}{% alert "Waiting for you." %}
<ul role="list" class="list">{% for row in rows %}<li><div class="grow"><a class="title stretch" href="#">
{{ row.title }}</a></div>{% status row.label row.tone %}</li>{% endfor %}</ul>
<div class="card"><h2>Details</h2>{% facts pairs %}</div></div>{% endblock %}"""
FORM = """{% extends 'ui/portal_base.html' %}{% load ui %}{% block title %}Report{% endblock %}{% block main %}
<div class="stack"><h1>Report a problem</h1>{% error_summary form %}<form method="post" class="form card" novalidate
data-draft="report" enctype="multipart/form-data">{% csrf_token %}{% fields form %}<div class="button-row">
<button class="btn primary">Report</button></div></form></div>{% endblock %}"""
DIALOG = """{% extends base %}{% load ui %}{% block title %}Escalate to tier 2{% endblock %}{% block main %}
<h1>Escalate to tier 2</h1>{% block dialog %}{% error_summary form %}<form class="form" method="post" action="/dialog/"
hx-post="/dialog/" hx-target="#dialog" novalidate>{% fields form %}<div class="button-row">
<button class="btn primary">Escalate</button><a class="btn quiet" href="/" data-close>Cancel</a></div></form>
{% endblock %}{% endblock %}"""
EVAL = (
    TOP
    + """{% block main %}<h1>Eval</h1><button id="on" hx-on:click="window.ran = 1">On</button>
<button id="vals" hx-get="/dialog/" hx-target="#dialog" hx-vals="js:{a: window.ran = 1}">Vals</button>
<button id="filter" hx-get="/dialog/" hx-target="#dialog" hx-trigger="click[window.ran=1]">Filter</button>
{% endblock %}"""
)


class Report(forms.Form):
    title = forms.CharField(help_text="One sentence.")
    description = forms.CharField(widget=forms.Textarea)
    impact = forms.ChoiceField(choices=[("high", "Everybody"), ("low", "Me")], widget=forms.RadioSelect)
    category = forms.ChoiceField(choices=[("", "Choose"), ("a", "Hardware")], required=False)
    private = forms.BooleanField(required=False, help_text="Only the team sees it.")
    files = forms.FileField(required=False)


class Diagnosis(forms.Form):
    diagnosis = forms.CharField(widget=forms.Textarea)


class Login(forms.Form):
    username = forms.CharField()
    password = forms.CharField(widget=forms.PasswordInput)


def show(request, source, status=200, **context):
    now = timezone.now()
    tones = ["new", "progress", "waiting", "done", "closed", "cancelled"]
    context |= {
        "now": now,
        "text": "Firmware **1.0.33** `dock`\n\n- see https://corp.example/kb/1\n- and more",
        "chips": [
            {"label": "All", "url": "?", "count": 38, "current": True},
            {"label": "Mine", "url": "?m", "count": 0},
        ],
        "pairs": [("Queue", "Network"), ("Opened", "20 Nov 2026, 14:38")],
        "files": [{"name": "power-warning.png", "size": 188416, "url": "/file/"}],
        "page": Paginator(range(500), 50).page(2),
        "rows": [
            {
                "title": ["打印机卡纸", "A docking station that stops charging the laptop after the firmware update"][
                    n % 2
                ],
                "priority": f"P{n % 4 + 1}",
                "label": tone.capitalize(),
                "tone": tone,
                "who": [None, "Wei Ling Tan"][n % 2],
                "at": now - timedelta(hours=9 * n),
            }
            for n, tone in enumerate(tones)
        ],
    }
    template = Engine.get_default().from_string(source)
    bound: Context = RequestContext(request, context)
    return HttpResponse(template.render(bound), status=status)


def queue(request):
    if "toast" in request.GET:
        messages.success(request, "INC-000123 was assigned to Wei Ling Tan.")
        messages.error(request, "INC-000124 is resolved: too late to escalate it.")
    return show(request, QUEUE)


def dialog(request):
    form = Diagnosis(request.POST or None)
    base = "ui/dialog.html" if request.headers.get("HX-Request") else "ui/portal_base.html"
    if request.method == "GET":
        return show(request, DIALOG, form=form, base=base)
    posts.append(request.POST.dict())
    wanted = request.POST.get("diagnosis", "")
    if wanted == "expired":
        return redirect("/login/")
    if wanted.isdigit():
        error = SimpleNamespace(sentence="INC-000123 is resolved: too late to escalate it.")
        return render(request, "ui/error.html", {"status": int(wanted), "error": error}, status=int(wanted))
    if not form.is_valid():
        return show(request, DIALOG, 422, form=form, base=base)
    return HttpResponse(headers={"HX-Redirect": "/desk/"})


def reply(request):
    posts.append(request.POST.dict())
    if request.POST["text"] == "stay":
        return HttpResponse(status=204)
    return redirect("/login/" if request.POST["text"] == "expired" else "/desk/ticket/")


def report(request):
    form = Report(request.POST or None)
    return show(request, FORM, 422 if request.method == "POST" and not form.is_valid() else 200, form=form)


class SignedIn:
    """The middleware that stands for the sign-in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.user = EMPLOYEE
        request.urlconf = __name__
        return self.get_response(request)


urlpatterns = [
    path("", lambda request: show(request, PORTAL), name="test-home"),
    path("desk/", queue, name="test-queue"),
    path("desk/ticket/", lambda request: show(request, TICKET)),
    path("desk/eval/", lambda request: show(request, EVAL)),
    path("dialog/", dialog, name="test-dialog"),
    path("reply/", reply),
    path("report/", report, name="test-report"),
    path("login/", lambda request: render(request, "ui/login.html", {"form": Login()}), name="login"),
    path("logout/", reply, name="logout"),
    path("missing/", lambda request: render(request, "ui/error.html", {"status": 404}, status=404)),
]
