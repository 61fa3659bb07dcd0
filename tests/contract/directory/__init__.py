"""The same directory, whichever server keeps it: what is read of an LDIF file, of OpenLDAP and of Active Directory."""
