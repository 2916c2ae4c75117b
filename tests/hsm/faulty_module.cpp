// tests/hsm/faulty_module.cpp: a PKCS#11 module that is SoftHSM, until the file that FAULTY_MODULE_MODE names says
// otherwise. Each C_Login is counted by one byte in the file FAULTY_MODULE_LOGINS.

#include <dlfcn.h>
#include <fcntl.h>
#include <p11-kit/pkcs11.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

CK_FUNCTION_LIST* real = nullptr;
CK_FUNCTION_LIST wrapped;

std::string mode() {
    const char* path = std::getenv("FAULTY_MODULE_MODE");
    const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    char text[64] = {};
    const ssize_t size = ::read(fd, text, sizeof text);
    ::close(fd);
    return {text, size > 0 ? static_cast<std::size_t>(size) : 0};
}

[[noreturn]] void hang() {
    for (;;) ::pause();
}

CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature, CK_ULONG_PTR size) {
    const std::string fault = mode();
    if (fault == "sign hangs") hang();
    if (fault == "sign crashes") ::raise(SIGSEGV);
    if (fault == "sign fails") return CKR_FUNCTION_FAILED;
    if (fault == "sign exits") ::_exit(0);
    const CK_RV value = real->C_Sign(session, data, data_size, signature, size);
    if (value != CKR_OK) return value;
    if (fault == "sign corrupts") signature[5] ^= 0x40;
    if (fault == "sign zeroes") std::memset(signature, 0, *size);
    if (fault == "sign is short") --*size;
    if (fault == "sign boasts") *size = 1UL << 40;
    if (fault == "sign repeats") {  // a signature that was good once
        static std::string first(reinterpret_cast<char*>(signature), *size);
        std::ranges::copy(first, signature);
    }
    return value;
}

CK_RV create_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR made) {
    const std::string fault = mode();
    if (fault == "token is full") return CKR_DEVICE_MEMORY;
    const CK_RV value = real->C_CreateObject(session, attributes, count, made);
    if (fault == "create crashes") ::raise(SIGSEGV);
    return value;
}

CK_RV generate_key_pair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_ATTRIBUTE_PTR public_key,
                        CK_ULONG public_count, CK_ATTRIBUTE_PTR private_key, CK_ULONG private_count,
                        CK_OBJECT_HANDLE_PTR made_public, CK_OBJECT_HANDLE_PTR made_private) {
    const CK_RV value = real->C_GenerateKeyPair(session, mechanism, public_key, public_count, private_key,
                                                private_count, made_public, made_private);
    if (mode() == "generate crashes") ::raise(SIGSEGV);
    return value;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG size) {
    if (const char* path = std::getenv("FAULTY_MODULE_LOGINS"); path != nullptr && user == CKU_USER) {
        const int fd = ::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || ::write(fd, "x", 1) != 1) return CKR_GENERAL_ERROR;
        ::close(fd);
    }
    return real->C_Login(session, user, pin, size);
}

CK_RV init_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG size) {
    if (mode() == "setting the PIN crashes") ::raise(SIGSEGV);
    return real->C_InitPIN(session, pin, size);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) {
    void* const library = ::dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return CKR_GENERAL_ERROR;
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    if (get == nullptr || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
    wrapped = *real;
    wrapped.C_Sign = sign;
    wrapped.C_CreateObject = create_object;
    wrapped.C_GenerateKeyPair = generate_key_pair;
    wrapped.C_Login = login;
    wrapped.C_InitPIN = init_pin;
    *list = &wrapped;
    return CKR_OK;
}
