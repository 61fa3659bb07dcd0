// Draws the description of the API. Requests tried out from the page carry the CSRF token of the session.
"use strict";

const cookie = (name) =>
  document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

SwaggerUIBundle({
  url: document.getElementById("api-docs").dataset.schema,
  domNode: document.getElementById("api-docs"),
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (!["GET", "HEAD"].includes((request.method ?? "GET").toUpperCase())) {
      request.headers["X-CSRFToken"] = cookie("csrftoken");
    }
    return request;
  },
});
