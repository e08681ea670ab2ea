# Completion of virt-reconcile for bash 4.4 and newer.
# For this shell alone:  eval "$(virt-reconcile completion bash)"
# For good:              virt-reconcile completion bash --install

_virt_reconcile() {
    local IFS=$'\n' line
    COMPREPLY=()
    while read -r line; do
        case $line in
            :folders) compopt -o plusdirs 2>/dev/null ;;
            :files) compopt -o default 2>/dev/null ;;
            :nospace) compopt -o nospace 2>/dev/null ;;
            *) COMPREPLY+=("$line") ;;
        esac
    done < <("${COMP_WORDS[0]}" __complete bash "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}

complete -F _virt_reconcile virt-reconcile
