// tools/bench/slow_token.cpp: a PKCS#11 module that is SoftHSM2 with slow signatures: C_Sign takes
// ACTLEDGER_BENCH_SIGN_DELAY_MS longer. Stands for a slow card in the benchmark.

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <time.h>

#include <cstdlib>

namespace {

CK_FUNCTION_LIST* softhsm = nullptr;
CK_FUNCTION_LIST ours;

CK_RV slow_sign(CK_SESSION_HANDLE session, unsigned char* data, unsigned long data_size, unsigned char* signature,
                unsigned long* signature_size) {
    const char* text = std::getenv("ACTLEDGER_BENCH_SIGN_DELAY_MS");
    const long delay_ms = text == nullptr ? 0 : std::atol(text);
    const timespec pause{delay_ms / 1'000, (delay_ms % 1'000) * 1'000'000};
    if (signature != nullptr) ::nanosleep(&pause, nullptr);  // asking for the length alone is quick
    return softhsm->C_Sign(session, data, data_size, signature, signature_size);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST** list) {
    if (softhsm == nullptr) {
        void* module = ::dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
        if (module == nullptr) return CKR_GENERAL_ERROR;
        const auto get = reinterpret_cast<CK_RV (*)(CK_FUNCTION_LIST**)>(::dlsym(module, "C_GetFunctionList"));
        if (get == nullptr || get(&softhsm) != CKR_OK) return CKR_GENERAL_ERROR;
        ours = *softhsm;
        ours.C_Sign = slow_sign;
        ours.C_GetFunctionList = C_GetFunctionList;
    }
    *list = &ours;
    return CKR_OK;
}
