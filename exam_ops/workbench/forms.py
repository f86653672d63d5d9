"""Forms of the roof's own pages."""

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """User name and password, in the portal's words."""

    error_messages = {
        "invalid_login": _("用户名或密码不正确。请核对大小写后重试；忘记密码请联系考点管理员或技术支持。"),
        "inactive": _("这个账号已停用。请联系考点管理员或技术支持。"),
    }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("密码")
        self.fields["password"].help_text = _("没有密码时，填考点管理员或技术支持给您的一次性登录码。")
        self.fields["username"].error_messages["required"] = _("请填写用户名。")
        self.fields["password"].error_messages["required"] = _("请填写密码。")
