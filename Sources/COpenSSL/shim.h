// What Swift cannot call by itself: OpenSSL's function-like macros, its variadic calls and its typed stacks.
// Nothing here decides anything; every function is a thin name for one OpenSSL call or walk.
#ifndef TANDEM_COPENSSL_SHIM_H
#define TANDEM_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

// Contexts

static inline int tandem_context_set_versions(SSL_CTX *context, int minimum, int maximum) {
    return SSL_CTX_set_min_proto_version(context, minimum) == 1
        && SSL_CTX_set_max_proto_version(context, maximum) == 1;
}

static inline void tandem_context_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

static inline void tandem_context_disable_sessions(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
}

// Connections

static inline int tandem_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

/// An empty memory BIO means "wait", not "end of file".
static inline void tandem_bio_wait_when_empty(BIO *bio) { BIO_set_mem_eof_return(bio, -1); }

static inline int tandem_error_reason(unsigned long code) { return ERR_GET_REASON(code); }
static inline int tandem_error_is_tls(unsigned long code) { return ERR_GET_LIB(code) == ERR_LIB_SSL; }

/// The SSL that a verification belongs to, for use inside a verify callback.
static inline SSL *tandem_ssl_of_store(X509_STORE_CTX *store) {
    return (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
}

static inline int tandem_ssl_set_owner(SSL *ssl, void *owner) { return SSL_set_ex_data(ssl, 0, owner); }
static inline void *tandem_ssl_owner(const SSL *ssl) { return SSL_get_ex_data(ssl, 0); }

// Subject alternative names

/// One alternative name: `kind` as in GEN_URI, GEN_DNS, GEN_IPADD; the bytes belong to `names`.
static inline GENERAL_NAMES *tandem_alternative_names(const X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline int tandem_alternative_name_count(const GENERAL_NAMES *names) {
    return names == NULL ? 0 : sk_GENERAL_NAME_num(names);
}

static inline int tandem_alternative_name(
    const GENERAL_NAMES *names, int index, const unsigned char **bytes, size_t *count) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    const ASN1_STRING *text = NULL;
    if (name == NULL) return -1;
    switch (name->type) {
    case GEN_URI: text = name->d.uniformResourceIdentifier; break;
    case GEN_DNS: text = name->d.dNSName; break;
    case GEN_IPADD: text = name->d.iPAddress; break;
    default: *bytes = NULL; *count = 0; return name->type;
    }
    *bytes = ASN1_STRING_get0_data(text);
    *count = (size_t)ASN1_STRING_length(text);
    return name->type;
}

static inline void tandem_alternative_names_free(GENERAL_NAMES *names) {
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
}

// Keys and certificates

static inline EVP_PKEY *tandem_make_p256_key(void) { return EVP_EC_gen("P-256"); }
static inline EVP_PKEY *tandem_make_ed25519_key(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }

/// Adds an extension in OpenSSL's configuration syntax. The caller has checked `value` for commas and newlines.
static inline int tandem_add_extension(X509 *certificate, X509 *issuer, int identifier, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, identifier, value);
    if (extension == NULL) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static inline int tandem_write_private_key(BIO *bio, EVP_PKEY *key) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
}

static inline int tandem_print_name(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
}

#endif
