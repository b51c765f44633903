# Writes regression.json: logistic models by R's glm, and Firth's by a second implementation written out here (optim on the
# penalised likelihood, profile intervals by uniroot): the package logistf is not used. Run: Rscript regression.R > regression.json
suppressMessages({library(survival); library(jsonlite)})

lung <- with(lung, data.frame(response = as.integer(time > 270), age, sex = ifelse(sex == 1, "male", "female"), ecog = ph.ecog,
                              loss = wt.loss, weight = ifelse(age > 60, 2, 1)))
sets <- list(
  lung = lung,
  infert = with(infert, data.frame(response = case, age, spontaneous, induced, education = as.character(education))),
  # Everybody with the mutation responds: a cell is empty.
  empty_cell = data.frame(response = c(1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0),
                          mutation = rep(c(1, 0), c(5, 15)), age = c(61, 70, 55, 48, 66, 72, 75, 50, 64, 70, 58, 69, 77, 45, 71,
                                                                     68, 60, 73, 59, 66)),
  small = data.frame(response = c(0, 0, 0, 1, 0, 1, 1, 1), arm = c("a", "a", "a", "a", "b", "b", "b", "b")),
  nobody = data.frame(response = c(0, 0, 0, 0, 0, 0), arm = c("a", "a", "b", "b", "b", "a")))
columns <- function(d, covariates) model.matrix(as.formula(paste("~", paste(covariates, collapse = "+"))), d)

plain <- function(name, covariates, weights = NULL) {
  d <- sets[[name]]; d <- d[complete.cases(d[, covariates]), ]
  d$.w <- if (is.null(weights)) 1 else d[[weights]]
  f <- glm(as.formula(paste("response ~", paste(covariates, collapse = "+"))), binomial, d, weights = .w,
           control = list(epsilon = 1e-14, maxit = 50))
  none <- glm(response ~ 1, binomial, d, weights = .w, control = list(epsilon = 1e-14))
  s <- summary(f)$coefficients
  list(data = name, covariates = covariates, weights = weights, n = nrow(d), coefficients = unname(s[, 1]),
       standard_errors = unname(s[, 2]), p = unname(s[, 4]), low = unname(exp(confint.default(f)[, 1])),
       high = unname(exp(confint.default(f)[, 2])), log_likelihood = c(as.numeric(logLik(none)), as.numeric(logLik(f))),
       aic = AIC(f), fitted = unname(predict(f, d[1:5, ], type = "response")))
}

firth <- function(name, covariates, weights = NULL) {
  d <- sets[[name]]; d <- d[complete.cases(d[, covariates]), ]
  X <- columns(d, covariates); y <- d$response; w <- if (is.null(weights)) rep(1, nrow(d)) else d[[weights]]
  middle <- c(0, colMeans(X)[-1]); scale <- c(1, apply(X, 2, sd)[-1]) # for optim's sake; undone below
  penalised <- function(b, X) {
    e <- as.vector(X %*% b); p <- plogis(e)
    sum(w * (y * plogis(e, log.p = TRUE) + (1 - y) * plogis(-e, log.p = TRUE))) +
      0.5 * as.numeric(determinant(crossprod(X * sqrt(w * p * (1 - p))))$modulus)
  }
  gradient <- function(b, X) {
    p <- plogis(as.vector(X %*% b)); v <- w * p * (1 - p)
    h <- rowSums((X * sqrt(v)) * t(solve(crossprod(X * sqrt(v)), t(X * sqrt(v)))))
    as.vector(crossprod(X, w * (y - p) + h * (0.5 - p)))
  }
  maximum <- function(X, fixed = NULL, value = 0) {
    k <- ncol(X); free <- setdiff(seq_len(k), fixed); b <- numeric(k); b[fixed] <- value
    if (!length(free)) return(list(b = b, value = penalised(b, X)))
    for (i in 1:4) b[free] <- optim(b[free], function(z) { b[free] <- z; -penalised(b, X) },
                                    function(z) { b[free] <- z; -gradient(b, X)[free] }, method = "BFGS",
                                    control = list(reltol = 1e-16, maxit = 1000))$par
    for (i in 1:5) { # and Newton's last digits
      p <- plogis(as.vector(X %*% b))
      b[free] <- b[free] + solve(crossprod(X * sqrt(w * p * (1 - p)))[free, free, drop = FALSE], gradient(b, X)[free])
    }
    list(b = b, value = penalised(b, X))
  }
  Z <- X; if (ncol(X) > 1) Z[, -1] <- sweep(sweep(X[, -1, drop = FALSE], 2, middle[-1]), 2, scale[-1], "/")
  # Back to the columns as given, also for the intercept; the penalty changes by a constant with the scale.
  shift <- sum(log(scale)); top <- maximum(Z); b <- top$b / scale; b[1] <- top$b[1] - sum(b[-1] * middle[-1])
  full <- top$value + shift
  none <- maximum(Z, seq_len(ncol(X))[-1], 0)$value + shift # penalised by the same columns, as logistf tests a model
  p <- plogis(as.vector(X %*% b)); V <- solve(crossprod(X * sqrt(w * p * (1 - p))))
  ends <- sapply(seq_len(ncol(X))[-1], function(k) {
    at <- function(v) full - (maximum(Z, k, v * scale[k])$value + shift) - qchisq(0.95, 1) / 2
    reach <- sqrt(V[k, k])
    far <- function(side) { out <- 2; while (at(b[k] + side * out * reach) < 0) out <- out * 2; b[k] + side * out * reach }
    c(uniroot(at, c(far(-1), b[k]), tol = 1e-12)$root, uniroot(at, c(b[k], far(1)), tol = 1e-12)$root,
      pchisq(2 * (full - maximum(Z, k, 0)$value - shift), 1, lower.tail = FALSE)) })
  list(data = name, covariates = covariates, weights = weights, coefficients = b, standard_errors = unname(sqrt(diag(V))),
       low = exp(ends[1, ]), high = exp(ends[2, ]), p = ends[3, ], log_likelihood = c(none, full))
}

cat(toJSON(list(versions = list(R = R.version.string), sets = sets,
                logistic = list(plain("lung", c("age", "sex", "ecog")), plain("lung", c("sex", "loss"), "weight"),
                                plain("infert", c("age", "spontaneous", "induced", "education")), plain("small", "arm")),
                firth = list(firth("empty_cell", "mutation"), firth("empty_cell", c("mutation", "age")), firth("small", "arm"),
                             firth("lung", c("age", "sex", "ecog")), firth("lung", "sex", "weight"),
                             firth("infert", c("spontaneous", "education")), firth("nobody", "arm"))),
           digits = NA, auto_unbox = TRUE, na = "null", null = "null", dataframe = "columns"), "\n")
