from crm_project.organization.models.branch import Branch
from crm_project.organization.models.staff import Person, Staff
from crm_project.organization.models.subject import CoManager, Grant, Subject

__all__ = ["Branch", "CoManager", "Grant", "Person", "Staff", "Subject"]
