"""Django's settings for the server: the store's own, with sign-in, screens and their protections."""

from __future__ import annotations

from csp.constants import NONE, SELF

from regulars.platform import django_settings as light

USE_TZ = light.USE_TZ
TIME_ZONE = light.TIME_ZONE
DEFAULT_AUTO_FIELD = light.DEFAULT_AUTO_FIELD
DATABASES = light.DATABASES
SECRET_KEY = "replaced by the workspace's own before anything is served"  # noqa: S105 - see web.configure

INSTALLED_APPS = [
    *light.INSTALLED_APPS,
    "regulars.staff",
    "regulars.api",
    "regulars.console",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
]
# Whoever comes first sees the request as it came: the visitor's address must be known before anything asks for it,
# and what is logged is the answer that leaves.
MIDDLEWARE = [
    "regulars.web.visitors.VisitorMiddleware",
    "regulars.web.requests.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "regulars.staff.middleware.StaffMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "regulars.web.urls"
WSGI_APPLICATION = "regulars.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
# Straight from the installed packages: nothing to collect, nothing that an upgrade leaves behind.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
LANGUAGES = [("en", "English"), ("fi", "Suomi")]
AUTH_USER_MODEL = "staff.Staff"

LOGIN_URL = "/staff/sign-in/"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
MFA_ADAPTER = "regulars.staff.second_factor.Adapter"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
AXES_FAILURE_LIMIT = "regulars.staff.throttle.limit"
AXES_COOLOFF_TIME = "regulars.staff.throttle.pause"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_LOCKOUT_CALLABLE = "regulars.staff.throttle.refuse"
AXES_CLIENT_STR_CALLABLE = "regulars.staff.throttle.described"
AXES_USERNAME_FORM_FIELD = "username"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "next", "csrfmiddlewaretoken"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # the audit log knows who came
AXES_VERBOSE = False

# Everything comes from here, nothing inline and nothing evaluated. The console, whose frame needs more, says so itself.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # the firm's other sites are not ours to decide on
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
FILE_UPLOAD_HANDLERS = ["regulars.web.small_files.SmallFiles"]
TRUSTED_PROXIES = 0  # the workspace says
LOGGING_CONFIG = None  # `platform.logs` decides
