"""Saves what a person chooses in the top bar: money unit, theme, language."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from crm_project.ui import preferences


class PreferenceForm(forms.Form):
    """Any of the three choices; what is not sent stays as it is."""

    unit = forms.ChoiceField(choices=[(code, code) for code in preferences.CHOICES["unit"]], required=False)
    theme = forms.ChoiceField(choices=[(code, code) for code in preferences.CHOICES["theme"]], required=False)
    language = forms.ChoiceField(
        choices=[(code, code) for code in preferences.CHOICES["language"]],
        required=False,
    )

    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


@require_POST
def save_preferences(request: HttpRequest) -> HttpResponse:
    """Store the choices and go back to the page they were made on; a background call gets an empty answer."""
    form = PreferenceForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    chosen = form.chosen()
    user = request.user
    if user.is_authenticated and chosen:
        for name, value in chosen.items():
            setattr(user, name, value)
        user.save(update_fields=list(chosen))
    response: HttpResponse
    if request.headers.get("X-Requested-With") == "fetch":
        response = HttpResponse(status=204)
    else:
        response = HttpResponseRedirect(_back(request))
    preferences.remember(response, request, chosen)
    return response


def _back(request: HttpRequest) -> str:
    """The page the choice was made on, if it is one of ours."""
    address = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return address
    return reverse("home:index")
