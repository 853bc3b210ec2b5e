"""The one door: Django's own sign-in with names compared in one form; axes counts the wrong passwords."""

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm

from crm_project.organization.sign_in import plain_username


class SignInForm(AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    def clean_username(self) -> str:
        return plain_username(self.cleaned_data["username"])


class SignInView(views.LoginView):
    template_name = "home/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOutView(views.LogoutView):
    http_method_names = ["post"]
